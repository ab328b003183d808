//! One page for people who do not know the program, as HTML.

use super::page::{STYLE, STYLE_HASH, VERSION};
use crate::report::Report;
use crate::report::told::manager::Page;

#[derive(askama::Template)]
#[template(path = "manager.html")]
pub(super) struct Manager {
    page: Page,
}

impl Manager {
    pub(super) fn new(report: &Report<'_>) -> Self {
        Self { page: Page::new(report) }
    }
}
