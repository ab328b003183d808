//! `driftglass man`.

use super::error::Error;
use super::output;
use crate::model::vocabulary::Vocabulary;
use crate::risk::Rules;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The command, such as diff; the program itself if not given
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// The reference of all facts instead, in Markdown
    #[arg(long, conflicts_with = "command")]
    facts: bool,
    /// The page of all rules of risk instead, in Markdown
    #[arg(long, conflicts_with_all = ["command", "facts"])]
    rules: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Error> {
    if arguments.facts {
        output::write(None, |out| out.write_all(Vocabulary::builtin().reference().as_bytes()))?;
        return Ok(0);
    }
    if arguments.rules {
        let page = super::rules::reference(Rules::builtin());
        output::write(None, |out| out.write_all(page.as_bytes()))?;
        return Ok(0);
    }
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
