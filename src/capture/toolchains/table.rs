//! The compilers and run times that are looked for.

/// One compiler or run time.
pub(super) struct Tool {
    /// Its key in a snapshot.
    pub(super) name: &'static str,
    /// The names of its program; the first that is there counts.
    pub(super) programs: &'static [&'static str],
    /// The packages that bring it; `{v}` is the version in the program's file name or folder.
    pub(super) packages: &'static [&'static str],
    /// As other distributions call them.
    pub(super) others: &'static [&'static str],
    /// A folder beside the program whose entries are the versions that are installed.
    pub(super) versions: Option<&'static str>,
    /// Files that its own releases bring, with a pattern whose groups `version`, `minor` and `patch` are the parts of
    /// the version, and `target` what it builds for. `{prefix}` is the folder above the program's own.
    pub(super) releases: &'static [(&'static str, &'static str)],
}

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "gcc", others: &["gcc"], versions: None, programs: &["gcc"], packages: &["gcc-{v}"], releases: &[] },
    Tool {
        name: "clang",
        others: &["clang", "clang{v}"],
        versions: None,
        programs: &["clang"],
        packages: &["clang-{v}"],
        releases: &[],
    },
    Tool {
        name: "ld",
        others: &["binutils"],
        versions: None,
        programs: &["ld"],
        packages: &["binutils"],
        releases: &[],
    },
    Tool {
        name: "rustc",
        others: &["rust"],
        versions: None,
        programs: &["rustc"],
        packages: &["rustc-{v}", "rustc"],
        releases: &[RUSTUP],
    },
    Tool {
        name: "cargo",
        others: &["cargo", "rust"],
        versions: None,
        programs: &["cargo"],
        packages: &["cargo-{v}", "cargo"],
        releases: &[RUSTUP],
    },
    Tool {
        name: "go",
        others: &["golang-bin", "golang", "go"],
        versions: None,
        programs: &["go"],
        packages: &["golang-{v}-go"],
        releases: &[("{prefix}/VERSION", r"\Ago(?<version>\d[\w.]*)")],
    },
    Tool {
        name: "java",
        others: &[],
        versions: None,
        programs: &["java"],
        packages: &["openjdk-{v}-jre-headless"],
        releases: &[(
            "{prefix}/release",
            r#"(?s)(?:\A|\n)JAVA_VERSION="(?<version>[^"\n]+)"(?:.*\nOS_ARCH="(?<target>[^"\n]+)")?"#,
        )],
    },
    Tool {
        name: "node",
        others: &["nodejs"],
        versions: None,
        programs: &["node", "nodejs"],
        packages: &["nodejs"],
        releases: &[(
            "{prefix}/include/node/node_version.h",
            r"(?s)NODE_MAJOR_VERSION (?<version>\d+).*NODE_MINOR_VERSION (?<minor>\d+).*NODE_PATCH_VERSION (?<patch>\d+)",
        )],
    },
    Tool {
        name: "python",
        others: &["python3", "python{v}", "python"],
        versions: None,
        programs: &["python3", "python"],
        packages: &["python{v}-minimal", "python{v}"],
        releases: &[("{prefix}/include/python{v}/patchlevel.h", r#"PY_VERSION\s+"(?<version>[^"\n]+)""#)],
    },
    Tool {
        name: "ruby",
        others: &["ruby"],
        versions: None,
        programs: &["ruby"],
        packages: &["ruby{v}"],
        releases: &[],
    },
    Tool {
        name: "perl",
        others: &["perl-interpreter", "perl"],
        versions: None,
        programs: &["perl"],
        packages: &["perl-base"],
        releases: &[],
    },
    Tool {
        name: "php",
        others: &["php-cli", "php", "php{v}"],
        versions: None,
        programs: &["php"],
        packages: &["php{v}-cli"],
        releases: &[("{prefix}/include/php/main/php_version.h", r#"PHP_VERSION "(?<version>[^"\n]+)""#)],
    },
    Tool {
        name: "dotnet",
        others: &["dotnet-host"],
        versions: Some("host/fxr"),
        programs: &["dotnet"],
        packages: &["dotnet-host", "dotnet-host-{v}"],
        releases: &[],
    },
    Tool {
        name: "make",
        others: &["make"],
        versions: None,
        programs: &["make"],
        packages: &["make", "make-guile"],
        releases: &[],
    },
    Tool {
        name: "cmake",
        others: &["cmake"],
        versions: None,
        programs: &["cmake"],
        packages: &["cmake"],
        releases: &[],
    },
];

/// rustup's choice, where it stands in no home folder: `default_toolchain = "1.75.0-x86_64-unknown-linux-gnu"`.
const RUSTUP: (&str, &str) =
    ("{prefix}/../rustup/settings.toml", r#"default_toolchain = "(?<version>\d[\d.]*)-(?<target>[\w-]+)""#);
