//! `driftglass completions`.

use super::error::Error;
use super::output;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The shell
    shell: clap_complete::Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::command(), "driftglass", &mut script);
    output::write(None, |out| out.write_all(&script))?;
    Ok(0)
}
