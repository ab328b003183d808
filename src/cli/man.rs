//! `driftglass man`.

use super::error::Error;
use super::output;

pub(super) fn run() -> Result<u8, Error> {
    let page = clap_mangen::Man::new(super::command());
    output::write(None, |mut out| page.render(&mut out))?;
    Ok(0)
}
