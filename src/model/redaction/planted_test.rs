//! Secrets where files of many programs keep them: none comes through.

use super::*;

/// What is planted; every text has it.
const V: &str = "deadbeef7a";

fn file(path: &str, text: &str) -> String {
    let keys = ["configuration", "files", path, "text"].map(Segment::new);
    match Redactor::default().value(&keys, Value::from(text), &mut Vec::new()) {
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn none_comes_through(planted: &[(&str, &str)]) {
    let mut leaks = Vec::new();
    for (path, text) in planted {
        assert!(text.contains(V), "{text}");
        let hidden = file(path, text);
        if hidden.contains(V) {
            leaks.push(format!("{path}: {text} -> {hidden}"));
        }
        assert_eq!(file(path, &hidden), hidden, "hiding twice changes nothing");
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn none_comes_through_within_another_value() {
    none_comes_through(&[
        ("/etc/systemd/system/a.service", "[Service]\nEnvironment=DB_PASSWORD=deadbeef7a\n"),
        ("/etc/systemd/system/a.service", "[Service]\nEnvironment=\"A_TOKEN=deadbeef7a\"\n"),
        (
            "/etc/systemd/system/a.service",
            "[Service]\nEnvironment=MODE=x \"A_TOKEN=deadbeef7a\" 'B_PASSWORD=deadbeef7a'\n",
        ),
        ("/etc/systemd/system/a.service", "[Service]\nEnvironment=PGPASSWORD=deadbeef7a\n"),
        ("/etc/systemd/system/a.service", "[Service]\nEnvironment=MYSQL_PWD=deadbeef7a A=b\n"),
        ("/etc/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/a --db-password deadbeef7a --x\n"),
        ("/etc/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/a --db-password=deadbeef7a --x\n"),
        ("/etc/systemd/system/a.service", "[Service]\nExecStart=/usr/bin/a --x --api-key \\\n  deadbeef7a \\\n --y\n"),
        ("/etc/systemd/system/a.service", "[Service]\nSetCredential=db:deadbeef7a\n"),
        ("/etc/systemd/system.conf", "[Manager]\nDefaultEnvironment=DB_PASSWORD=deadbeef7a\n"),
        ("/etc/systemd/system.conf", "[Manager]\nDefaultEnvironment=\"LANG=C\" \"DB_PASSWORD=deadbeef7a\"\n"),
        ("/etc/default/a", "OPTS=\"--db-password deadbeef7a --x\"\n"),
        ("/etc/default/a", "OPTS='--db-password deadbeef7a'\n"),
        ("/etc/default/a", "OPTS=\"--x --token deadbeef7a\"\n"),
        ("/etc/default/a", "DAEMON_OPTS='--api-key \"deadbeef7a\"'\n"),
        ("/etc/default/a", "A=\"x --password=deadbeef7a\"\n"),
        ("/etc/default/a", "C=--password=deadbeef7a\n"),
        ("/etc/default/a", "C=-password=deadbeef7a\n"),
        ("/etc/default/a", "JAVA_OPTS=\"-Djavax.net.ssl.keyStorePassword=deadbeef7a -Xmx1g\"\n"),
        ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"luks.passphrase=deadbeef7a rd.iscsi.password=deadbeef7a\"\n"),
        ("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet rd.iscsi.in.password=deadbeef7a\"\n"),
        ("/etc/apache2/conf.d/a.conf", "  SetEnv DB_PASSWORD deadbeef7a\n"),
        ("/etc/apache2/conf.d/a.conf", "SetEnv DB_PASSWORD \"deadbeef7a and more\"\n"),
        ("/etc/pam.d/a", "auth required pam_mysql.so user=pam passwd=deadbeef7a db=x\n"),
        ("/etc/pam.d/a", "auth sufficient pam_x.so secret=deadbeef7a\n"),
        ("/etc/pam.d/a", "password required pam_x.so secret=deadbeef7a\n"),
        ("/etc/postgresql/a.conf", "primary_conninfo = 'host=x port=5432 user=r password=deadbeef7a'\n"),
        ("/etc/postgresql/a.conf", "primary_conninfo = 'host=x password=deadbeef7a sslmode=on'\n"),
        ("/etc/postgresql/a.conf", "primary_conninfo = 'host=x password=''deadbeef7a'''\n"),
        ("/etc/postgresql/a.conf", "primary_conninfo = 'password=deadbeef7a'\n"),
        ("/etc/passwd", "bob:x:1000:1000:Bob pw=deadbeef7a,,,:/home/bob:/bin/sh\n"),
        ("/etc/a.conf", "note: pw=deadbeef7a\n"),
    ]);
}

#[test]
fn none_comes_through_from_proxies_packages_and_mounts() {
    none_comes_through(&[
        ("/etc/squid/squid.conf", "cachemgr_passwd deadbeef7a all\n"),
        ("/etc/squid/squid.conf", "cache_peer p parent 3128 0 no-query login=bob:deadbeef7a\n"),
        (
            "/etc/squid/squid.conf",
            "auth_param basic program /usr/lib/squid/basic_ldap_auth -b dc=x -D cn=y -w deadbeef7a -f uid=%s h\n",
        ),
        ("/etc/squid/squid.conf", "external_acl_type g %LOGIN /usr/lib/squid/ext_ldap_group_acl -w deadbeef7a h\n"),
        ("/etc/apt/sources.list", "deb https://deadbeef7a0aB9@repo.example.net/debian stable main\n"),
        ("/etc/apt/sources.list", "deb https://deadbeef7a@repo.example.net/debian stable main\n"),
        ("/etc/apt/sources.list", "deb [signed-by=/x] https://u:deadbeef7a@repo.example.net/debian stable main\n"),
        ("/etc/apt/apt.conf", "Acquire::https::repo.example.net::Password \"deadbeef7a\";\n"),
        ("/etc/apt/apt.conf", "Acquire::https::x::Password \"deadbeef7a\";\n"),
        ("/etc/apt/apt.conf", "Acquire { https { x { Password \"deadbeef7a\"; } } }\n"),
        ("/etc/apt/preferences", "Package: *\nPin: origin \"u:deadbeef7a@h.example.net\"\nPin-Priority: 1\n"),
        ("/etc/pip.conf", "[global]\nindex-url = https://deadbeef7a@pypi.example.net/simple\n"),
        ("/etc/pip.conf", "[global]\nindex-url = https://__token__:deadbeef7a@pypi.example.net/simple\n"),
        ("/etc/fstab", "//h/s /m cifs user=x%deadbeef7a,uid=1 0 0\n"),
        ("/etc/fstab", "//h/s /m cifs username=dom/x%deadbeef7a 0 0\n"),
        ("/etc/fstab", "//h/s /m cifs username=x,password=deadbeef7a,uid=1 0 0\n"),
        ("/etc/fstab", "//h/s /m cifs username=x,pass=deadbeef7a 0 0\n"),
        ("/etc/fstab", "sshfs#u:deadbeef7a@h:/ /m fuse defaults 0 0\n"),
        ("/etc/fstab", "curlftpfs#u:deadbeef7a@h /m fuse defaults 0 0\n"),
    ]);
}

#[test]
fn none_comes_through_from_servers() {
    none_comes_through(&[
        ("/etc/redis/redis.conf", "rename-command CONFIG deadbeef7a\n"),
        ("/etc/redis/redis.conf", "rename-command CONFIG \"deadbeef7a\"\n"),
        ("/etc/redis/redis.conf", "user a on >deadbeef7a ~* +@all\n"),
        ("/etc/redis/users.acl", "user a on >deadbeef7a ~* +@all\n"),
        ("/etc/rc.local", "redis-cli ACL SETUSER a on '>deadbeef7a' ~* +@all >/dev/null\n"),
        ("/etc/redis/init.redis", "acl setuser a on >deadbeef7a ~*\n"),
        ("/etc/postfix/main.cf", "relay_creds = static:u:deadbeef7a\n"),
        ("/etc/postfix/master.cf", "  -o x={static:other:no},static:u@example.net:deadbeef7a\n"),
        ("/etc/dovecot/dovecot.conf", "passdb { args = \"static:u:deadbeef7a\" }\n"),
        (
            "/etc/redis/users.acl",
            "user a reset on #deadbeef7a012345678901234567890123456789012345678901234567890123 ~* +@all\n",
        ),
        ("/etc/nginx/nginx.conf", "proxy_set_header X-Api-Key deadbeef7a;\n"),
        ("/etc/nginx/nginx.conf", "  proxy_set_header X-Auth-Key \"deadbeef7a\";\n"),
        ("/etc/nginx/nginx.conf", "  location / { proxy_set_header X-Api-Key \"deadbeef7a\"; }\n"),
        ("/etc/nginx/nginx.conf", "map $http_x_api_key $ok {\n default 0;\n \"deadbeef7a\" 1;\n}\n"),
        ("/etc/nginx/nginx.conf", "map $http_x_api_key $ok { default 0; deadbeef7a 1; }\n"),
        ("/etc/nginx/nginx.conf", "if ($http_x_api_key != \"deadbeef7a\") { return 403; }\n"),
        ("/etc/haproxy/haproxy.cfg", " tcp-check send AUTH\\ deadbeef7a\\r\\n\n"),
        ("/etc/haproxy/haproxy.cfg", " acl k hdr(x-key) -m str deadbeef7a\n"),
        ("/etc/haproxy/haproxy.cfg", " acl k req.hdr(X-Api-Key) deadbeef7a\n"),
        ("/etc/haproxy/haproxy.cfg", " http-request set-header X-Api-Key deadbeef7a\n"),
        ("/etc/haproxy/haproxy.cfg", " user app insecure-password deadbeef7a\n"),
        ("/etc/haproxy/haproxy.cfg", " stats auth admin:deadbeef7a\n"),
        ("/etc/varnish/default.vcl", "  if (req.http.X-Purge-Token != \"deadbeef7a\") {\n"),
        ("/etc/varnish/default.vcl", "  if (req.http.X-Purge-Token == \"deadbeef7a\") {\n"),
        ("/etc/varnish/default.vcl", "  set req.http.X-Api-Key = \"deadbeef7a\";\n"),
        ("/etc/varnish/default.vcl", "  if (req.http.X-Purge-Token ~ \"^deadbeef7a$\") {\n"),
    ]);
}

#[test]
fn none_comes_through_on_one_line_or_over_two() {
    none_comes_through(&[
        ("/etc/bind/named.conf", "key \"k\" { algorithm hmac-sha256; secret \"deadbeef7a0123==\"; };\n"),
        ("/etc/bind/named.conf", "key k { secret \"deadbeef7a0123==\"; algorithm hmac-sha256; };\n"),
        ("/etc/bind/named.conf", "key \"k\" {\n algorithm x;\n secret \"deadbeef7a0123==\";\n};\n"),
        ("/etc/bind/named.conf", "key \"k\" {algorithm x;secret deadbeef7a0123==;};\n"),
        (
            "/etc/docker/daemon.json",
            "{\"log-driver\":\"splunk\",\"log-opts\":{\"splunk-token\":\"deadbeef7a\",\"x\":\"y\"}}\n",
        ),
        ("/etc/docker/daemon.json", "{ \"log-opts\": { \"splunk-token\": \"deadbeef7a\" } }\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd:\n  list: |\n    root:deadbeef7a\n    bob:deadbeef7a\n  expire: false\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd: {list: \"root:deadbeef7a\", expire: false}\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd:\n  users:\n  - {name: root, password: deadbeef7a, type: text}\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd:\n  list:\n  - root:deadbeef7a\n"),
        ("/usr/local/bin/a", "exec a --x \\\n  --api-key \\\n  deadbeef7a \\\n  --y\n"),
        ("/usr/local/bin/a", "exec a --x \\\n  --password \\\n  'deadbeef7a'\n"),
    ]);
}

#[test]
fn none_comes_through_from_clients_of_directories_and_networks() {
    none_comes_through(&[
        ("/etc/nslcd.conf", "rootpwmoddn cn=a\nrootpwmodpw deadbeef7a\n"),
        ("/etc/nslcd.conf", "bindpw deadbeef7a\n"),
        ("/etc/multipath.conf", "protocols {\n  nvme {\n    password deadbeef7a\n }\n}\n"),
        ("/etc/multipath.conf", "overrides { password \"deadbeef7a\" }\n"),
        ("/etc/postfix/main.cf", "smtp_sasl_password_maps = static:u:deadbeef7a\n"),
        ("/etc/postfix/main.cf", "smtp_sasl_password_maps = inline:{{[h]=u:deadbeef7a}}\n"),
        ("/etc/network/interfaces", "iface wlan0 inet dhcp\n  wireless-key s:deadbeef7a\n"),
        ("/etc/network/interfaces", "  wireless-key1 s:deadbeef7a\n"),
        ("/etc/network/interfaces", "  wpa-psk deadbeef7a\n"),
        ("/etc/environment", "SHOP_CREDS=bob:deadbeef7a\n"),
        ("/etc/environment", "SHOP_CREDENTIALS=\"bob:deadbeef7a\"\n"),
    ]);
    let init = |name: &str| ["os", "environment_of", "init", name].map(Segment::new);
    for name in ["SHOP_CREDS", "SHOP_CREDENTIALS", "CREDS"] {
        let hidden = Redactor::default().value(&init(name), Value::from("bob:deadbeef7a"), &mut Vec::new());
        assert_eq!(hidden, Value::from(REDACTED), "{name}");
    }
}

#[test]
fn none_comes_through_from_files_that_hold_nothing_else() {
    none_comes_through(&[
        ("/etc/ldap.secret", "deadbeef7a\n"),
        ("/etc/pam_ldap.secret", "deadbeef7a\n"),
        ("/etc/libnss-ldap.secret", "deadbeef7a\n"),
        ("/etc/varnish/secret", "deadbeef7a\n"),
        ("/root/.pgpass", "h:5432:*:u:deadbeef7a\n"),
        ("/etc/pgpass", "h:5432:*:u:deadbeef7a\n"),
        ("/etc/pgpass.conf", "h:5432:*:u:deadbeef7a\n"),
        ("/etc/chrony/chrony.keys", "1 MD5 deadbeef7a\n"),
        ("/etc/chrony.keys", "1 deadbeef7a\n"),
        ("/etc/ntp.keys", "1 M deadbeef7a\n"),
        ("/etc/ntp/keys", "1 M deadbeef7a # k\n"),
        ("/etc/bind/rndc.key", "key \"rndc-key\" {\n\talgorithm hmac-sha256;\n\tsecret \"deadbeef7a0123=\";\n};\n"),
        ("/etc/rndc.key", "key \"rndc-key\" { secret deadbeef7a; };\n"),
        (
            "/etc/openvpn/ta.key",
            "#\n# 2048 bit OpenVPN static key\n#\n-----BEGIN OpenVPN Static key V1-----\ndeadbeef7a\n-----END OpenVPN Static key V1-----\n",
        ),
        (
            "/etc/openvpn/a.conf",
            "<tls-auth>\n-----BEGIN OpenVPN Static key V1-----\ndeadbeef7a\n-----END OpenVPN Static key V1-----\n</tls-auth>\n",
        ),
        (
            "/etc/grub.d/40_custom",
            "set superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.10000.deadbeef7a0123456789\n",
        ),
        ("/etc/grub.d/40_custom", "password root deadbeef7a\n"),
        ("/boot/grub/grub.cfg", "  password root deadbeef7a\n"),
        ("/boot/grub/user.cfg", "GRUB2_PASSWORD=grub.pbkdf2.sha512.10000.deadbeef7a0123456789\n"),
    ]);
}

/// What stands in the same places and is no secret.
#[test]
fn what_stands_there_and_is_none_stays() {
    for (path, text) in [
        ("/etc/fstab", "//h/s /m cifs credentials=/etc/cifs,user=x,uid=1000 0 0\n"),
        ("/etc/fstab", "sshfs#u@h:/ /m fuse defaults 0 0\n"),
        ("/etc/gitconfig", "url = https://git@h.example.net/a\n"),
        ("/etc/gitconfig", "url = ssh://deploy@h.example.net/a\n"),
        ("/etc/gitconfig", "url = ssh://j.smith@h.example.net/a\n"),
        ("/etc/gitconfig", "url = https://buildbot2@h.example.net/a\n"),
        ("/etc/apt/preferences", "Package: *\nPin: origin \"deb.example.net\"\nPin-Priority: 1\n"),
        ("/etc/apt/apt.conf", "Acquire::https::Proxy \"http://p:3128\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n"),
        ("/etc/redis/redis.conf", "rename-command CONFIG \"\"\n"),
        ("/etc/nginx/nginx.conf", "proxy_set_header X-Api-Key $http_x_api_key;\nproxy_set_header Host a;\n"),
        ("/etc/nginx/nginx.conf", "map $http_upgrade $c {\n default upgrade;\n '' close;\n}\n"),
        ("/etc/haproxy/haproxy.cfg", " acl a hdr(host) -m str a.example.net\n tcp-check send PING\\r\\n\n"),
        ("/etc/varnish/default.vcl", "  if (req.http.Cookie ~ \"sess\") {\n  unset req.http.Authorization;\n"),
        (
            "/etc/pam.d/a",
            "password required pam_pwquality.so retry=3 authtok_type=\nauth required pam_unix.so nullok_secure try_first_pass\n",
        ),
        ("/etc/pam.d/a", "auth sufficient pam_x.so secret=/etc/x.secret\n"),
        ("/etc/systemd/system/a.service", "Environment=PASSWORD_FILE=/run/p LANG=C\nEnvironment=DB_PASSWORD=${X}\n"),
        ("/usr/local/bin/a", "exec a --api-key \\\n  \"$KEY\" \\\n  --y\n"),
        ("/usr/local/bin/a", "exec a --token \\\n  --y\n"),
        ("/etc/squid/squid.conf", "cachemgr_passwd none all\ncache_peer p parent 3128 0 login=PASS\n"),
        ("/etc/postfix/main.cf", "local_recipient_maps = proxy:unix:passwd.byname $alias_maps\nx = static:all\n"),
        ("/etc/passwd", "bob:x:1000:1000:Bob,,,:/home/bob:/bin/sh\n"),
        ("/etc/rc.local", "redis-cli ACL SETUSER a on nopass ~* +@all >/dev/null\n"),
        ("/etc/x.yml", "ports: static:8080:80\nurl = static:http://h.example.net/\nx = static:all\n"),
    ] {
        assert_eq!(file(path, text), text, "{path}");
    }
}

#[test]
fn none_comes_through_in_other_spellings() {
    none_comes_through(&[
        ("/etc/systemd/system/a.service", "Environment=\"X=1\" DB_PASSWORD=deadbeef7a \"B=2\"\n"),
        ("/etc/systemd/system/a.service", "ExecStart=/bin/sh -c 'exec a --token deadbeef7a'\n"),
        ("/etc/systemd/system/a.service", "ExecStart=/bin/sh -c \"exec a --token=deadbeef7a\"\n"),
        ("/etc/default/a", "OPTS=\"--user bob --db-password \\\"deadbeef7a\\\" --x\"\n"),
        ("/etc/default/a", "OPTS=\"-p x \\\n  --db-password \\\n  deadbeef7a\"\n"),
        ("/etc/apache2/a.conf", "<VirtualHost *>\n  SetEnv API_TOKEN deadbeef7a\n  PassEnv X\n"),
        ("/etc/apache2/a.conf", "RequestHeader set X-Api-Key \"deadbeef7a\"\n"),
        ("/etc/apache2/a.conf", "  AuthLDAPBindPassword deadbeef7a\n"),
        ("/etc/nginx/a.conf", "fastcgi_param DB_PASSWORD deadbeef7a;\n"),
        ("/etc/nginx/a.conf", "  location / { fastcgi_param DB_PASSWORD deadbeef7a; }\n"),
        ("/etc/nginx/a.conf", "  location / { add_header X-Api-Key deadbeef7a; }\n"),
        ("/etc/nginx/a.conf", "set $api_key deadbeef7a;\nset $api_key \"deadbeef7a\";\n"),
        ("/etc/nginx/a.conf", "secure_link_md5 \"$uri deadbeef7a\";\n"),
        ("/etc/apt/auth.conf", "machine h login u password deadbeef7a\n"),
        ("/etc/apt/auth.conf", "machine h\nlogin u\npassword deadbeef7a\n"),
        ("/etc/apt/sources.list.d/a.sources", "Types: deb\nURIs: https://deadbeef7a@h/x\n"),
        ("/etc/yum.repos.d/a.repo", "baseurl=https://deadbeef7a@h/x\npassword=deadbeef7a\n"),
        ("/etc/pip.conf", "extra-index-url =\n  https://deadbeef7a@h/simple\n  https://u:deadbeef7a@h/simple\n"),
        ("/etc/fstab", "//h/s /m cifs rw,user=bob%deadbeef7a,vers=3 0 0\n"),
        ("/etc/fstab", "//h/s /m cifs rw,password2=deadbeef7a,vers=3 0 0\n"),
        ("/etc/auto.misc", "s -fstype=cifs,username=bob%deadbeef7a ://h/s\n"),
        ("/etc/auto.misc", "s -fstype=fuse :sshfs\\#bob:deadbeef7a@h\\:/\n"),
        ("/etc/redis/redis.conf", "masteruser r\nmasterauth deadbeef7a\ntls-key-file-pass deadbeef7a\n"),
        ("/etc/redis/users.acl", "user a on nopass ~* +@all\nuser b >deadbeef7a on\n"),
        ("/etc/haproxy/a.cfg", " tcp-check send \"AUTH deadbeef7a\\r\\n\"\n"),
        ("/etc/haproxy/a.cfg", " http-request deny unless { hdr(x-api-key) -m str deadbeef7a }\n"),
        ("/etc/haproxy/a.cfg", " http-request deny if ! { req.hdr(X-Token) -i deadbeef7a }\n"),
        ("/etc/haproxy/a.cfg", " http-check send hdr X-Api-Key deadbeef7a\n"),
        ("/etc/haproxy/a.cfg", " option httpchk GET / HTTP/1.1\\r\\nX-Api-Key:\\ deadbeef7a\n"),
        ("/etc/bind/named.conf", "key k { algorithm hmac-md5; secret deadbeef7a; };\n"),
        ("/etc/bind/named.conf", "controls { inet * keys { k; }; }; key k {secret \"deadbeef7a==\";};\n"),
        ("/etc/dhcp/dhcpd.conf", "key k { algorithm hmac-md5; secret deadbeef7a==; }\n"),
        ("/etc/multipath.conf", "  protocols { password \"deadbeef7a\" }\n"),
        ("/etc/network/interfaces", "  wpa-passphrase deadbeef7a\n  wireless_key deadbeef7a\n"),
        ("/etc/network/interfaces", "  up iwconfig wlan0 key s:deadbeef7a\n"),
        ("/etc/environment", "BACKUP_CRED=bob:deadbeef7a\n"),
        ("/etc/chrony/chrony.keys", "1 SHA1 HEX:deadbeef7a\n"),
        ("/etc/grub.d/01_users", "cat << E\nset superusers=\"root\"\npassword root deadbeef7a\nE\n"),
        ("/etc/grub.d/01_users", "password --md5 deadbeef7a\n"),
        ("/boot/grub/menu.lst", "password deadbeef7a\n"),
        ("/etc/cloud/cloud.cfg", "users:\n- name: a\n  plain_text_passwd: deadbeef7a\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd:\n  list: |\n\n     root:deadbeef7a\n"),
        ("/etc/cloud/cloud.cfg", "chpasswd:  # c\n  list: |  # c\n     root:deadbeef7a\n"),
        ("/etc/docker/daemon.json", "{\"log-opts\": {\"splunk-url\":\"u\", \"splunk-token\" : \"deadbeef7a\"}}\n"),
        ("/etc/nslcd.conf", "tls_key_password deadbeef7a\n"),
        ("/etc/varnish/a.vcl", "if (req.http.x-key == \"deadbeef7a\" && x) {\n"),
        ("/etc/varnish/a.vcl", "if (!req.http.X-Auth == \"deadbeef7a\") {\n"),
        ("/etc/postfix/main.cf", "smtp_sasl_password_maps =\n  static:u:deadbeef7a\n"),
    ]);
}

/// Names without a separator, hints alone, accounts in one word, and what other programs take on their command lines.
#[test]
fn none_comes_through_from_names_and_commands() {
    none_comes_through(&[
        ("/etc/environment", "SSHPASS=deadbeef7a\nDBPWD=deadbeef7a\nVAULTTOKEN=deadbeef7a\n"),
        ("/etc/environment", "KEYSTOREPASS=deadbeef7a\nMASTERKEY=deadbeef7a\n"),
        ("/srv/a.php", "$dbpass = \"deadbeef7a\";\n"),
        ("/etc/environment", "NPM_CONFIG__AUTH=deadbeef7aaGk=\n"),
        ("/etc/environment", "CURL_OPTS='-s -u bob:deadbeef7a'\n"),
        ("/etc/environment", "LOGIN=adm:deadbeef7a\nNEO4J_AUTH=\"neo:deadbeef7a\"\n"),
        ("/etc/a.ini", "hash_salt=deadbeef7aQ9wXcVbN3kLmP0oIu\nAPP_PEPPER=deadbeef7aQ9wXcVbN3kLmP0oIu\n"),
        ("/etc/a.ini", "[x]\npassword =\n    deadbeef7a\nuser = x\n"),
        ("/etc/a.properties", "db.password=first\\\n  deadbeef7a\\\n  deadbeef7a\nuser=x\n"),
        ("/etc/a.json", "{\"env\":[{\"name\":\"API_TOKEN\",\"value\":\"deadbeef7a\"}]}\n"),
        ("/etc/a.yml", "env: [{name: API_TOKEN, value: deadbeef7a}, {name: X, value: y}]\n"),
        ("/etc/a.xml", "<property name=\"db.password\"><value>deadbeef7a</value></property>\n"),
        ("/etc/a.xml", "<property>\n  <name>fs.s3a.secret.key</name>\n  <value>deadbeef7a</value>\n</property>\n"),
        ("/etc/a.tf", "variable \"db_password\" {\n  type = string\n  default = \"deadbeef7a\"\n}\n"),
        ("/etc/a.toml", "dsn = \"u:deadbeef7a@tcp(db:3306)/x\"\n"),
        ("/etc/a.conf", "url = jdbc:oracle:thin:scott/deadbeef7a@//db:1521/x\n"),
        ("/etc/a.sql", "CREATE USER 'a'@'b' IDENTIFIED BY 'deadbeef7a';\nCREATE ROLE x PASSWORD 'deadbeef7a';\n"),
        ("/etc/nginx/nginx.conf", "  proxy_set_header X-Shop-Auth deadbeef7aQ9wXcVbN3kLmP0oIu;\n"),
        ("/etc/nginx/nginx.conf", "  location / { proxy_set_header X-Auth deadbeef7aQ9wXcVbN3kLmP0oIu; }\n"),
        ("/etc/apache2/a.conf", "  RequestHeader set X-Shop-Auth \"deadbeef7aQ9wXcVbN3kLmP0oIu\"\n"),
        ("/etc/varnish/a.vcl", "  set bereq.http.X-Auth = \"deadbeef7a\";\n"),
        (
            "/etc/crontab",
            "6 * * * * root curl https://api.telegram.org/bot99123456:AAdeadbeef7aQ9wXcVbN3kLmP0oIuYtRe12/sendMessage\n",
        ),
        (
            "/etc/iptables/rules.v4",
            "-A INPUT -m comment --comment \"api token deadbeef7aQ9wXcVbN3kLmP0oIu\" -j ACCEPT\n",
        ),
        ("/etc/cron.d/a", "zip -r -P deadbeef7a a.zip b; 7z a -pdeadbeef7a x; lftp -u u,deadbeef7a h\n"),
        ("/etc/cron.d/a", "smbclient //h/s deadbeef7a -U u; net ads join -U adm%deadbeef7a\n"),
        ("/etc/cron.d/a", "rabbitmqctl add_user u deadbeef7a; kinit u <<< deadbeef7a; echo deadbeef7a | kinit u\n"),
        ("/etc/cron.d/a", "sqlplus -S scott/deadbeef7a@db\n"),
    ]);
    let basic = "BASIC='Basic dXNlcjpOVWhKZHVSSEhKRVk='\n";
    assert_eq!(file("/etc/environment", basic), "BASIC='Basic [redacted]'\n");
    let fact = |path: &[&str], text: &str| {
        let keys: Vec<Segment> = path.iter().map(|key| Segment::new(*key)).collect();
        match Redactor::default().value(&keys, Value::from(text), &mut Vec::new()) {
            Value::Text(text) => text,
            other => panic!("{other:?}"),
        }
    };
    for (path, text, seen) in [
        (&["cache", "stores", "redis", "sentinel"][..], "auth-pass m deadbeef7a", "auth-pass m [redacted]"),
        (&["cache", "http", "nginx", "secure_link_md5"], "$uri deadbeef7a", "$uri [redacted]"),
        (&["cache", "http", "haproxy", "http-request"], "set-header X-Key deadbeef7a", "set-header X-Key [redacted]"),
        (
            &["cache", "http", "varnish", "3"],
            "set req.http.X-Auth = \"deadbeef7a\"",
            "set req.http.X-Auth = \"[redacted]\"",
        ),
        (&["os", "environment", "SSHPASS"], "deadbeef7a", "[redacted]"),
        (&["os", "environment", "CURL_OPTS"], "-u bob:deadbeef7a", "-u bob:[redacted]"),
        (&["os", "environment", "LOGIN"], "adm:deadbeef7a", "adm:[redacted]"),
        (&["os", "environment", "NPM_CONFIG__AUTH"], "dXNlcjpOVWhK", "[redacted]"),
        (
            &["network", "firewall", "rules"],
            "tcp dport 22 accept comment \"api token abc123XYZabc123XYZabc1\"",
            "tcp dport 22 accept comment \"api token [redacted]\"",
        ),
    ] {
        assert_eq!(fact(path, text), seen);
    }
}

/// What looks much the same and is no secret.
#[test]
fn words_that_end_like_secrets_stay() {
    for (path, text) in [
        ("/etc/environment", "COMPASS=north1x\nBYPASS=lo0.example\nOLDPWD=/srv/x\nSSH_ASKPASS=/usr/bin/ksshaskpass\n"),
        (
            "/etc/a.conf",
            "PASSTHROUGH=pci-stub1\nmonkey=tail77x\nturnkey = linux-17x\nhostkey=rsa-sha2-512\nproxypass x7y\n",
        ),
        ("/etc/a.conf", "auth: pam:sshd\nlogin = local:users\nnode.session.auth = unix:run7\nauth = bob:4711\n"),
        ("/etc/a.txt", "Basic authentication is used, Basic QUJDREVGR0hJSg== too\n"),
        ("/etc/cron.d/a", "gzip -P x; zip -r a.zip b; smbclient -L h; unzip -p a.zip b\n"),
        ("/etc/varnish/a.vcl", "set req.http.X-Auth = \"1\";\nset req.http.X-Key = req.url;\n"),
        ("/etc/nginx/a.conf", "add_header X-Auth-Status ok;\nproxy_set_header X-Session-Id $session;\n"),
        ("/etc/iptables/rules.v4", "-A INPUT -m comment --comment \"the keys of shop-server-backend\" -j ACCEPT\n"),
        ("/etc/a.xml", "<name>shop</name>\n<value>deadbeef7a</value>\n"),
        ("/etc/a.tf", "variable \"region\" {\n  default = \"eu-1\"\n}\n"),
        ("/etc/a.sh", "password =\n  read_password(1)\nfoo =\n  bar7\n"),
    ] {
        assert_eq!(file(path, text), text, "{path}");
    }
}
