//! `driftglass man`.

use super::error::Error;
use super::output;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The command, such as diff; the program itself if not given
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Error> {
    let mut command = super::command();
    if let Some(name) = &arguments.command {
        command.build();
        let Some(found) = command.find_subcommand(name) else {
            return Err(Error::usage(format!("no command named {name}"), "`driftglass --help` lists them"));
        };
        command = found.clone();
    }
    let page = clap_mangen::Man::new(command);
    output::write(None, |mut out| page.render(&mut out))?;
    Ok(0)
}
