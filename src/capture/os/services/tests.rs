use super::*;
use crate::capture::sample::Root;
use crate::capture::settings::tests::written;

const NGINX: &str = "[Service]\nExecStart=/usr/sbin/nginx\n[Install]\nWantedBy=multi-user.target\n";
const VENDOR: &str = "/usr/lib/systemd/system";
const CONFIG: &str = "/etc/systemd/system";

fn root(files: &[(&str, &str)]) -> Root {
    Root::new(files)
}

fn said(facts: &Facts) -> Vec<String> {
    let mut lines = written(facts);
    lines.retain(|line| !line.contains("unit_file_digest"));
    lines.into_iter().map(|line| line.replace("os.services.", "")).collect()
}

#[test]
fn the_folders_tell_how_units_are_switched_on() {
    let at = |name: &str| format!("{VENDOR}/{name}");
    let files = [
        (at("nginx.service"), NGINX),
        (at("off.service"), NGINX),
        (at("static.service"), "[Service]\n"),
        (at("also.service"), "[Install]\nAlso=x.socket\n"),
        (at("away.service"), NGINX),
        (at("ssh.service"), "[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n"),
        (at("getty@.service"), "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n"),
        (at("multi-user.target"), "[Unit]\n"),
        (at("graphical.target"), "[Unit]\n"),
        (format!("{CONFIG}/own.service"), NGINX),
        (format!("{CONFIG}/empty.service"), ""),
        ("/opt/shop/shop.service".to_owned(), NGINX),
        ("/run/systemd/generator/made.service".to_owned(), "[Service]\n"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let wants = format!("{CONFIG}/multi-user.target.wants");
    let root = root(&files)
        .link(&format!("{wants}/nginx.service"), "/usr/lib/systemd/system/nginx.service")
        .link(&format!("{wants}/gone.service"), "/usr/lib/systemd/system/gone.service")
        .link(&format!("{CONFIG}/getty.target.wants/getty@tty1.service"), "/usr/lib/systemd/system/getty@.service")
        .link(&format!("{CONFIG}/sshd.service"), "/usr/lib/systemd/system/ssh.service")
        .link(&format!("{CONFIG}/away.service"), "/dev/null")
        .link(&format!("{CONFIG}/shop.service"), "/opt/shop/shop.service")
        .link(&format!("{VENDOR}/default.target"), "graphical.target");
    let facts = root.probe(probe);
    assert_eq!(
        said(&facts),
        [
            "os.default_target = graphical.target",
            "\"also.service\".enabled = indirect",
            "\"away.service\".enabled = masked",
            "\"empty.service\".enabled = masked",
            "\"getty@.service\".enabled = enabled",
            "\"getty@tty1.service\".enabled = enabled",
            "\"gone.service\".enabled = not-found",
            "\"made.service\".enabled = generated",
            "\"nginx.service\".enabled = enabled",
            "\"off.service\".enabled = disabled",
            "\"own.service\".enabled = disabled",
            "\"shop.service\".enabled = linked",
            "\"ssh.service\".enabled = enabled",
            "\"sshd.service\".alias_of = ssh.service",
            "\"static.service\".enabled = static",
        ]
    );
    assert!(facts.problems().iter().all(|(_, problem)| problem.is_not_collected()), "{:?}", facts.problems());
}

#[test]
fn a_changed_limit_is_one_setting_with_the_file_that_wins() {
    let root = root(&[
        (&format!("{VENDOR}/nginx.service"), NGINX),
        (&format!("{VENDOR}/nginx.service.d/10-a.conf"), "[Service]\nLimitNOFILE=1024\nEnvironment=A=1\n"),
        (&format!("{CONFIG}/nginx.service.d/10-a.conf"), "[Service]\nLimitNOFILE=4096\nEnvironment=A=1\n"),
        (
            &format!("{CONFIG}/nginx.service.d/20-b.conf"),
            "[Service]\nLimitNOFILE=65536\nEnvironment=DB_PASSWORD=hunter2x9\nExecStart=\nExecStart=/opt/nginx\n",
        ),
        (&format!("{CONFIG}/nginx.service.d/README"), "[Service]\nNice=5\n"),
    ]);
    let facts = root.probe(probe);
    assert_eq!(
        said(&facts),
        [
            "\"nginx.service\".drop_ins = [(\"/etc/systemd/system/nginx.service.d/10-a.conf\") \
             (\"/etc/systemd/system/nginx.service.d/20-b.conf\")]",
            "\"nginx.service\".enabled = disabled",
            "\"nginx.service\".settings.\"Service.Environment\" = [(\"A=1\") (\"DB_PASSWORD=[redacted]\")]",
            "\"nginx.service\".settings.\"Service.ExecStart\" = /opt/nginx",
            "\"nginx.service\".settings.\"Service.LimitNOFILE\" = 65536",
        ]
    );
    let snapshot = facts.finish();
    let path = "os.services.\"nginx.service\".settings".parse().expect("a path");
    assert_eq!(snapshot.provenance.of(&path), Some("/etc/systemd/system/nginx.service.d/20-b.conf"));
}

#[test]
fn drop_ins_for_many_units_are_the_units_own() {
    let root = root(&[
        (&format!("{VENDOR}/shop-web-1.service"), NGINX),
        (&format!("{VENDOR}/shop.service"), NGINX),
        (&format!("{CONFIG}/service.d/10-all.conf"), "[Service]\nNice=5\n"),
        (&format!("{CONFIG}/service.d/20-b.conf"), "[Service]\nNice=6\nUMask=077\n"),
        (&format!("{CONFIG}/shop-.service.d/20-b.conf"), "[Service]\nNice=7\n"),
        (&format!("{CONFIG}/shop-web-1.service.d/05-c.conf"), "[Service]\nNice=8\n"),
    ]);
    let facts = root.probe(probe);
    let said = said(&facts);
    let has = |text: &str| said.iter().any(|fact| fact == text);
    assert!(has("\"shop-web-1.service\".settings.\"Service.Nice\" = 7"), "{said:#?}");
    assert!(
        has("\"shop-web-1.service\".drop_ins = [(\"/etc/systemd/system/shop-web-1.service.d/05-c.conf\") \
             (\"/etc/systemd/system/service.d/10-all.conf\") (\"/etc/systemd/system/shop-.service.d/20-b.conf\")]"),
        "{said:#?}"
    );
    assert!(
        !said.iter().any(|fact| fact.starts_with("service.") || fact.starts_with("\"shop-.service\"")),
        "{said:#?}"
    );
}

#[test]
fn scripts_are_services_whatever_starts_them() {
    let script = "#!/bin/sh\n";
    let debian = root(&[
        ("/etc/init.d/ntp", script),
        ("/etc/init.d/off", script),
        ("/etc/init.d/ssh", script),
        (&format!("{VENDOR}/ssh.service"), NGINX),
    ])
    .executable("/etc/init.d/ntp")
    .executable("/etc/init.d/off")
    .executable("/etc/init.d/ssh")
    .link("/etc/rc2.d/S20ntp", "../init.d/ntp")
    .link("/etc/rc3.d/S20ntp", "../init.d/ntp")
    .link("/etc/rc0.d/K20ntp", "../init.d/ntp")
    .link("/etc/rc2.d/K80off", "../init.d/off");
    assert_eq!(
        said(&debian.probe(probe)),
        [
            "\"ntp.service\".enabled = enabled",
            "\"ntp.service\".run_levels = [(\"2\") (\"3\")]",
            "\"off.service\".enabled = disabled",
            "\"ssh.service\".enabled = disabled",
        ]
    );
    let alpine = root(&[("/etc/init.d/nginx", script), ("/etc/runlevels/boot/README", "")])
        .executable("/etc/init.d/nginx")
        .link("/etc/runlevels/default/nginx", "/etc/init.d/nginx");
    let expected = ["\"nginx.service\".enabled = enabled", "\"nginx.service\".run_levels = [(\"default\")]"];
    assert_eq!(said(&alpine.probe(probe)), expected);
}

#[test]
fn what_xinetd_starts_is_no_unit() {
    let facts = root(&[("/etc/xinetd.d/rsync", "service rsync\n{\n\tdisable = yes\n}\n")]).probe(probe);
    assert_eq!(said(&facts), ["\"xinetd:rsync\".enabled = disabled"]);
}

#[test]
fn what_nobody_switched_on_says_nothing_by_not_running() {
    let list = "UNIT FILE STATE\na.service enabled\nb.service static\nc.service disabled\nd.service enabled\n\
                e@lvm-0-48858aa1-71a3-4f0e-95f3-a07d1d9a6749.service enabled\n\
                e@lvm-0-88244ad9-372d-427e-9d82-c411c73d900a.service enabled\ndbus-org.x.service static\n";
    let units = "UNIT LOAD ACTIVE SUB\na.service loaded active running A\nb.service loaded inactive dead B\n\
                 c.service loaded failed failed C\n";
    let facts = root(&[
        ("/sos_commands/systemd/systemctl_list-unit-files", list),
        ("/sos_commands/systemd/systemctl_list-units", units),
    ])
    .probe(probe);
    assert_eq!(
        said(&facts),
        [
            "\"a.service\".active = active",
            "\"a.service\".enabled = enabled",
            "\"b.service\".enabled = static",
            "\"c.service\".active = failed",
            "\"c.service\".enabled = disabled",
            "\"d.service\".active = inactive",
            "\"d.service\".enabled = enabled",
            "\"e@lvm-0-UUID.service\".active = inactive",
            "\"e@lvm-0-UUID.service\".enabled = enabled",
        ]
    );
}
