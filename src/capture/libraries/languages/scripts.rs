//! `libraries.ruby` and `libraries.perl`: gems by their specifications, modules by perllocal.pod.

use super::{Found, folders};
use crate::capture::{Facts, Scope};
use crate::host::Host;

/// `gem environment`'s paths: upstream, Debian, Red Hat, images. The ones that ruby itself brings stand in `default`.
const GEMS: &[&str] = &[
    "/usr/lib/ruby/gems/*/specifications",
    "/usr/lib/ruby/gems/*/specifications/default",
    "/var/lib/gems/*/specifications",
    "/usr/share/rubygems-integration/*/specifications",
    // Debian's gems with code in C, by architecture.
    "/usr/lib/*-linux-*/rubygems-integration/*/specifications",
    "/usr/share/gems/specifications",
    "/usr/share/gems/specifications/default",
    "/usr/local/share/gems/specifications",
    "/usr/local/lib/ruby/gems/*/specifications",
    "/usr/local/lib/ruby/gems/*/specifications/default",
    "/usr/local/bundle/specifications",
];

/// What ExtUtils::MakeMaker writes for each module that `make install` put there: CPAN's, not the system's.
const PERL: &[&str] = &[
    "/usr/local/lib/*/perl/*/perllocal.pod",
    "/usr/local/lib*/perl5/perllocal.pod",
    "/usr/local/lib*/perl5/*/perllocal.pod",
    "/usr/local/lib/perl5/*/*/perllocal.pod",
    "/usr/lib*/perl5/perllocal.pod",
    "/usr/lib/perl5/*/perllocal.pod",
];

/// Reads the names of specifications, and the lists of modules.
pub(in crate::capture) fn probe(host: &Host, facts: &mut Facts) {
    for folder in folders(host, GEMS) {
        gems(host, &folder, &mut facts.at(&["libraries", "ruby", &folder]));
    }
    for path in folders(host, PERL) {
        let text = match host.text(&path) {
            Ok(text) => text,
            Err(error) => {
                facts.unread(&["libraries", "perl"], &error);
                continue;
            }
        };
        let folder = path.rsplit_once('/').map_or(path.as_str(), |(folder, _)| folder);
        modules(&text, &path).put(&mut facts.at(&["libraries", "perl", folder]));
    }
}

/// The gems of a folder of specifications.
pub(super) fn gems(host: &Host, folder: &str, facts: &mut Scope<'_>) {
    Found::list(host, folder, facts, |_, entry| {
        let (name, version) = gem(entry.strip_suffix(".gemspec")?)?;
        Some((name.to_owned(), version.to_owned()))
    });
}

/// `nokogiri-1.16.0-x86_64-linux`: the version is the first part that begins with a digit and has a name before it.
fn gem(stem: &str) -> Option<(&str, &str)> {
    let starts = stem.match_indices('-').map(|(at, _)| at);
    let at = starts
        .into_iter()
        .find(|at| stem.get(at + 1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit())))?;
    Some((stem.get(..at)?, stem.get(at + 1..)?))
}

/// `=head2 Tue Jan 2 10:00:00 2024: C<Module> L<JSON::XS|JSON::XS>`, then `C<VERSION: 4.03>`; the last of a module counts.
fn modules(text: &str, path: &str) -> Found {
    let mut last: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    let mut module = None;
    for line in text.lines() {
        if line.starts_with("=head2 ") {
            module = line.rsplit_once("L<").map(|(_, rest)| rest.split(['|', '>']).next().unwrap_or(rest));
        } else if let Some(version) = line.trim().strip_prefix("C<VERSION: ").and_then(|rest| rest.strip_suffix('>'))
            && let Some(module) = module
        {
            last.insert(module, version);
        }
    }
    let mut found = Found::default();
    last.into_iter().for_each(|(module, version)| found.add(module, version, path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sample::Root;
    use crate::model::Value;

    #[test]
    fn gems_and_modules_are_told() {
        let gems = "/var/lib/gems/3.1.0/specifications";
        let pod = "=head2 Tue Jan  2 10:00:00 2024: C<Module> L<JSON::XS|JSON::XS>\n\n=over 4\n\n=item *\n\nC<VERSION: 4.02>\n\n\
                   =head2 Wed Jan  3 10:00:00 2024: C<Module> L<JSON::XS|JSON::XS>\n\nC<VERSION: 4.03>\n";
        let root = Root::new(&[
            ("/var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", ""),
            ("/var/lib/gems/3.1.0/specifications/rack-3.0.0.gemspec", ""),
            ("/var/lib/gems/3.1.0/specifications/net-http-1.2-x86_64-linux.gemspec", ""),
            ("/usr/local/lib/x86_64-linux-gnu/perl/5.36.0/perllocal.pod", pod),
        ]);
        let facts = root.probe(probe);
        let gem = |name: &str| facts.get(&format!("libraries.ruby.\"{gems}\".{name}")).cloned();
        assert_eq!(gem("rack"), Some(Value::set(["2.2.4", "3.0.0"])));
        assert_eq!(gem("net-http"), Some("1.2-x86_64-linux".into()));
        let perl = "libraries.perl.\"/usr/local/lib/x86_64-linux-gnu/perl/5.36.0\".\"JSON::XS\"";
        assert_eq!(facts.get(perl), Some(&"4.03".into()));
        assert_eq!(facts.len(), 3);
    }
}
