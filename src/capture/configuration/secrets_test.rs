//! Files as people write them, with secrets where their programs keep them: none may come into a snapshot.

use super::probe;
use crate::capture::Options;
use crate::capture::sample::Root;
use crate::model::redaction::Redactor;
use crate::model::{Path, Segment, Value};
use crate::policy::Watch;

/// Where a file stands, what it says, what must not be seen of it, and what must.
type Sample = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const FILES: &[Sample] = &[
    (
        "/etc/squid/squid.conf",
        "http_port 3128\ncachemgr_passwd squidpw1 info stats/objects\ncachemgr_passwd none all\ncachemgr_passwd disable shutdown\n\
         cache_peer p.example.net parent 3128 0 no-query default login=proxyuser:peerpw2\n\
         cache_peer q.example.net parent 3128 0 login=PASS\nauth_param basic credentialsttl 2 hours\n",
        &["squidpw1", "peerpw2"],
        &[
            "info stats/objects",
            "none all",
            "disable shutdown",
            "login=proxyuser:",
            "login=PASS",
            "credentialsttl 2 hours",
        ],
    ),
    (
        "/etc/systemd/system/app.service",
        "[Service]\nEnvironment=DB_PASSWORD=unitpw1\nEnvironment=\"A=b\" \"API_TOKEN=unit tok2\" 'SECRET_KEY=unitsec3 x' \"C=d e\"\n\
         Environment=A=b REDIS_PASSWORD=unitpw4 C=d\nEnvironment=\"E=f\" 'G=h'\n\
         ExecStart=/usr/bin/app --password=unitpw5 --token unitpw6 --admin-password 'unitpw a7' -v\n\
         ExecStartPre=/usr/bin/mysqldump -u root -punitpw8 shop\nExecStartPost=/usr/bin/curl -u admin:unitpw9 https://x\n\
         ExecStopPost=/usr/bin/env PGPASSWORD=unitpw10 psql -c \"select 1\"\nEnvironmentFile=/etc/default/app\n\
         LoadCredential=db.password:/etc/creds/db\nSetCredential=tok:unitpw11\n",
        &[
            "unitpw1",
            "unit tok2",
            "tok2",
            "unitsec3",
            "unitpw4",
            "unitpw5",
            "unitpw6",
            "a7",
            "unitpw8",
            "unitpw9",
            "unitpw10",
            "unitpw11",
        ],
        &[
            "\"A=b\"",
            "\"C=d e\"",
            "C=d",
            "\"E=f\" 'G=h'",
            "-v\n",
            "EnvironmentFile=/etc/default/app",
            "db.password:/etc/creds/db",
        ],
    ),
    (
        "/etc/containers/systemd/db.container",
        "[Container]\nImage=docker.io/library/postgres:16\nEnvironment=POSTGRES_PASSWORD=quadpw1 POSTGRES_USER=app\n\
         Secret=db,type=env,target=DB_PASSWORD\nPodmanArgs=--env MYSQL_ROOT_PASSWORD=quadpw2 --cpus 2\n",
        &["quadpw1", "quadpw2"],
        &["POSTGRES_USER=app", "--cpus 2", "postgres:16", "Secret=db,type=env,target=DB_PASSWORD"],
    ),
    (
        "/etc/cloud/cloud.cfg",
        "ssh_pwauth: true\nchpasswd:\n  expire: false\n  list: |\n    root:cloudpw1\n    deploy:RANDOM\n    # c\n    ops:cloudpw2\n\
         chpasswd:\n  expire: True\n  list:\n    - app:cloudpw3\n    - 'b:cloudpw4'\n  users:\n    - {name: a, password: cloudpw5, type: text}\n\
         password: cloudpw6\nusers:\n  - name: x\n    plain_text_passwd: cloudpw7\n    hashed_passwd: $6$abcdefgh$0123456789abcdef\n    lock_passwd: false\n\
         runcmd:\n  - echo 'root:cloudpw8' | chpasswd\n  - [sh, -c, \"echo root:cloudpw9 | chpasswd\"]\n",
        &[
            "cloudpw1",
            "cloudpw2",
            "cloudpw3",
            "cloudpw4",
            "cloudpw5",
            "cloudpw6",
            "cloudpw7",
            "cloudpw8",
            "cloudpw9",
            "0123456789abcdef",
        ],
        &[
            "ssh_pwauth: true",
            "expire: false",
            "    root:",
            "deploy:RANDOM",
            "- app:",
            "{name: a, password:",
            "type: text",
            "name: x",
            "lock_passwd: false",
        ],
    ),
    (
        "/etc/iscsi/iscsid.conf",
        "node.startup = automatic\nnode.session.auth.authmethod = CHAP\nnode.session.auth.username = u\nnode.session.auth.password = iscsipw1\n\
         node.session.auth.username_in = v\nnode.session.auth.password_in = iscsipw2\ndiscovery.sendtargets.auth.password_in = iscsipw3\n\
         node.session.auth.chap_algs = SHA3-256,SHA256\n",
        &["iscsipw1", "iscsipw2", "iscsipw3"],
        &["authmethod = CHAP", "username = u", "username_in = v", "SHA3-256,SHA256"],
    ),
    (
        "/etc/consul.d/consul.json",
        "{\n  \"datacenter\": \"dc1\",\n  \"encrypt\": \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\",\n  \"encrypt_verify_incoming\": true,\n\
           \"acl\": { \"enabled\": true, \"default_policy\": \"deny\", \"tokens\": { \"agent\": \"consultok1\", \"default\": \"7a3f0c1e-94d4-4b0b-a2f1-0c7f3c9d1a11\" } }\n}\n",
        &["pUqJrVyVRj5", "consultok1", "7a3f0c1e"],
        &["dc1", "\"encrypt_verify_incoming\": true", "\"default_policy\": \"deny\"", "\"enabled\": true"],
    ),
    (
        "/etc/consul.d/consul.hcl",
        "datacenter = \"dc1\"\nencrypt = \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"\nacl {\n  enabled = true\n  default_policy = \"deny\"\n  tokens {\n\
             initial_management = \"consultok1\"\n    agent = \"consultok2\"\n    default = \"consultok3\"\n  }\n}\nports {\n  grpc = 8502\n}\n",
        &["pUqJrVyVRj5", "consultok1", "consultok2", "consultok3"],
        &["dc1", "default_policy = \"deny\"", "grpc = 8502", "enabled = true"],
    ),
    (
        "/etc/clickhouse-server/users.xml",
        "<clickhouse><users><default>\n<password></password>\n<password_sha256_hex>65e84be33532fb784c48129675f9eff3a682b27168c0ea744b2cf58ee02337c5</password_sha256_hex>\n\
         <password_double_sha1_hex>08b4a0f1de6ad37da17359e592c8d74788a83eb0</password_double_sha1_hex>\n<password>chpw1</password>\n\
         <password>\n  chpw2\n</password>\n<networks><ip>::/0</ip></networks><profile>default</profile>\n</default></users></clickhouse>\n",
        &["65e84be3", "08b4a0f1", "chpw1", "chpw2"],
        &["<password></password>", "<ip>::/0</ip>", "<profile>default</profile>"],
    ),
    (
        "/etc/logstash/conf.d/out.conf",
        "output { elasticsearch {\n  cloud_id => \"prod:ZXhhbXBsZQ\"\n  cloud_auth => \"elastic:lspw1\"\n  user => \"u\"\n  password => \"lspw2\"\n  api_key => \"lsid:lspw3\"\n  ssl => true\n} }\n",
        &["lspw1", "lspw2", "lspw3"],
        &["user => \"u\"", "ssl => true"],
    ),
    (
        "/etc/filebeat/filebeat.yml",
        "cloud.auth: \"elastic:fbpw1\"\noutput.elasticsearch:\n  hosts: [\"a:9200\"]\n  password: \"${ES_PW}\"\n",
        &["fbpw1"],
        &["${ES_PW}", "a:9200"],
    ),
    (
        "/etc/haproxy/haproxy.cfg",
        "userlist a\n  user admin insecure-password hapw1\n  user b password $6$k6y3o.eP$JlKBx9za966ud67qe45NSQYf8Nw.XFuk8QVRevoLh1XPCQDCBPjcU2JtGBSS0MOQW2PFxHSwRv6J.C0/D7cV91\n\
           user c password k6y3o.eP8JlJc groups g\nlisten s\n  stats auth root:hapw2\n  stats refresh 5s\n  timeout client 5s\n",
        &["hapw1", "JlKBx9za966", "k6y3o.eP8JlJc", "hapw2"],
        &["user admin", "groups g", "stats refresh 5s", "timeout client 5s"],
    ),
    (
        "/etc/redis/redis.conf",
        "requirepass redispw1\nmasterauth redispw2\nmasteruser m\nuser x on >redispw3 >redispw4 #c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2 ~* +@all\n\
         user default on nopass ~* &* +@all\ntls-key-file-pass redispw5\nsentinel auth-pass mymaster redispw6\nsentinel auth-user mymaster su\nsentinel sentinel-pass redispw7\nmaxmemory 1gb\n",
        &["redispw1", "redispw2", "redispw3", "redispw4", "c3ab8ff1", "redispw5", "redispw6", "redispw7"],
        &[
            "masteruser m",
            "~* +@all",
            "user default on nopass ~* &* +@all",
            "sentinel auth-user mymaster su",
            "maxmemory 1gb",
        ],
    ),
    ("/root/.pgpass", "db:5432:*:app:pgpw1\n", &["pgpw1"], &[]),
    (
        "/root/.netrc",
        "machine h1 login u password netpw1\nmachine h2 password netpw2 login v\nmachine h3\n  login w\n  password netpw3\ndefault login anonymous account acc password netpw4\n",
        &["netpw1", "netpw2", "netpw3", "netpw4"],
        &["machine h1 login u", "login v", "login w"],
    ),
    (
        "/root/.my.cnf",
        "[client]\nuser=root\npassword=mypw1#x\npassword = my,pw;2\npassword=\"my pw&3\"\npassword=a\"my4 b\nport=3306\n",
        &["mypw1", "#x", "pw;2", "pw&3", "my4"],
        &["user=root", "port=3306"],
    ),
    (
        "/etc/snmp/snmpd.conf",
        "rocommunity snmppw1 default -V systemonly\nrwcommunity snmppw2\nrocommunity6 snmppw3 ::1\ncom2sec readonly default snmppw4\ncom2sec6 ro default snmppw5\n\
         createUser mon SHA \"snmppw6\" AES snmppw7\nrouser mon priv\ntrapsink 10.0.0.1 snmppw8\nsyslocation rack 4\n",
        &["snmppw1", "snmppw2", "snmppw3", "snmppw4", "snmppw5", "snmppw6", "snmppw7", "snmppw8"],
        &["default -V systemonly", "com2sec readonly default", "rouser mon priv", "syslocation rack 4"],
    ),
    (
        "/etc/wireguard/wg0.conf",
        "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nListenPort=51820\n[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nPresharedKey=FpCyhws9cxwWoV4xELtfJvjJN+zQVRPISllRWgeopVE=\n",
        &["yAnz5TF", "FpCyhws9"],
        &["xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=", "ListenPort=51820"],
    ),
    (
        "/etc/netplan/wg.yaml",
        "network:\n  tunnels:\n    wg0:\n      mode: wireguard\n      key: 4GgaQCy68nzNsUE5aJ9fuLzHhB65tAlwbmA72MWnOm8=\n      peers:\n      - keys:\n          public: M9nt4YujIOmNrRmpIRTmYSfMdrpvE7u6WkG8FY8WjG4=\n          shared: 7voRZ/ojfXgfPOlswo3Lpma1RJq7qijIEEUEMShQFV8=\n\
           wifis:\n    w0:\n      access-points:\n        \"home\":\n          password: \"wifipw1\"\n        \"work\": {password: wifipw2, hidden: true}\n",
        &["4GgaQCy68", "7voRZ", "wifipw1", "wifipw2"],
        &["M9nt4YujIOmNrRmpIRTmYSfMdrpvE7u6WkG8FY8WjG4=", "mode: wireguard", "hidden: true"],
    ),
    ("/etc/ppp/chap-secrets", "u * \"ppppw1\" *\n", &["ppppw1"], &["u "]),
    ("/etc/ppp/peers/isp", "user \"me\"\npassword ppppw2\nnoauth\nnopcomp\n", &["ppppw2"], &["noauth", "user \"me\""]),
    (
        "/etc/grub.d/40_custom",
        "#!/bin/sh\nset superusers=\"root\"\npassword_pbkdf2 root grub.pbkdf2.sha512.10000.887CFF169EA8335.0F3C7A\npassword bob grubpw1\nset timeout=5\n",
        &["887CFF169EA8335", "0F3C7A", "grubpw1"],
        &["set superusers=\"root\"", "set timeout=5"],
    ),
    (
        "/etc/nginx/conf.d/a.conf",
        "location / {\n  proxy_set_header Authorization \"Basic dXNlcjpuZ3B3MQ==\";\n  proxy_set_header Host $host;\n  auth_basic \"Members only\";\n  auth_basic_user_file /etc/nginx/.htpasswd;\n  proxy_set_header X-Api-Key ngpw2abc;\n  secure_link_md5 \"$uri ngpw3\";\n}\n",
        &["dXNlcjpuZ3B3MQ", "ngpw2abc"],
        &["Host $host", "auth_basic \"Members only\"", "/etc/nginx/.htpasswd"],
    ),
    ("/etc/postfix/sasl_passwd", "[smtp.example.net]:587 u:sasl1\n", &["sasl1"], &["[smtp.example.net]:587"]),
    (
        "/etc/postfix/main.cf",
        "smtp_sasl_password_maps = static:user:sasl2\nsmtp_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nvirtual_mailbox_maps = mysql:/etc/postfix/my.cf\nsmtp_tls_key_file = /etc/ssl/private/a.key\n",
        &["sasl2"],
        &[
            "smtp_sasl_auth_enable = yes",
            "smtpd_sasl_type = dovecot",
            "mysql:/etc/postfix/my.cf",
            "/etc/ssl/private/a.key",
        ],
    ),
    (
        "/etc/postfix/other.cf",
        "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd\n",
        &[],
        &["hash:/etc/postfix/sasl_passwd"],
    ),
    (
        "/root/.docker/config.json",
        "{\"auths\":{\"r.example.net\":{\"auth\":\"dXNlcjpzZWNyZXRz\",\"identitytoken\":\"dockpw1\"}},\"credsStore\":\"pass\"}\n",
        &["dXNlcjpzZWNyZXRz", "dockpw1"],
        &["r.example.net"],
    ),
    (
        "/root/.kube/config",
        "users:\n- name: a\n  user:\n    client-certificate-data: LS0tLS1CRUdJTiBDRVJU\n    client-key-data: LS0tLS1CRUdJTiBLRVk=\n- name: b\n  user:\n    token: kubetok1\n    username: x\n    password: kubepw2\n",
        &["LS0tLS1CRUdJTiBLRVk=", "kubetok1", "kubepw2"],
        &["LS0tLS1CRUdJTiBDRVJU", "username: x"],
    ),
    (
        "/etc/tomcat9/server.xml",
        "<Connector port=\"8443\" keystorePass=\"tompw1\" keystoreFile=\"/etc/ssl/k.jks\"/>\n<user username=\"a\" password=\"tompw2\" roles=\"m\"/>\n<Resource name=\"jdbc/x\" password='tompw3' maxTotal=\"20\"/>\n<Parameter name=\"db.password\" value=\"tompw4\"/>\n<Parameter value=\"tompw5\" name=\"db.password\"/>\n<property name=\"password\">tompw6</property>\n",
        &["tompw1", "tompw2", "tompw3", "tompw4", "tompw5", "tompw6"],
        &["port=\"8443\"", "/etc/ssl/k.jks", "roles=\"m\"", "maxTotal=\"20\"", "username=\"a\""],
    ),
    (
        "/etc/app/one.json",
        "{\"db\":{\"user\":\"a\",\"password\":\"jpw1 x\",\"port\":1},\"passwords\":[\"jpw2\",\"jpw3\"],\"pin\":{\"password\":87654321,\"n\":2},\"secret\" : \"a\\\"jpw4\",\"token\":null,\"api_key\":\"\"}\n",
        &["jpw1", "jpw2", "jpw3", "87654321", "jpw4"],
        &["\"user\":\"a\"", "\"port\":1", "\"n\":2", "\"token\":null", "\"api_key\":\"\""],
    ),
    (
        "/etc/app/two.json",
        "{\n  \"password\":\n    \"jpw5\",\n  \"passwords\": [\n    \"jpw6\",\n    \"jpw7\"\n  ],\n  \"n\": 1\n}\n",
        &["jpw5", "jpw6", "jpw7"],
        &["\"n\": 1"],
    ),
    (
        "/etc/app/a.yaml",
        "db: {user: a, password: ypw1, port: 1}\npasswords:\n  - ypw2\n  - \"ypw3 x\"\nname: b\nsecret: 'ypw4 it''s y'\ntoken: >-\n  ypw5\n  ypw6\nport: 8080\npassword:\n  ypw7\nsecrets:\n- yPw8x9\n",
        &["ypw1", "ypw2", "ypw3", "ypw4", "s y'", "ypw5", "ypw6", "ypw7", "yPw8x9"],
        &["user: a", "port: 1", "name: b", "port: 8080"],
    ),
    (
        "/etc/app/b.ini",
        "passphrase = ini pw one\npassphrase=inipw2\n[a]\nsecret: inipw3 b\ntimeout = 5\npassword = in&ipw4 tail5\ntoken_ttl = 300\n",
        &["pw one", "inipw2", "inipw3 b", "ipw4", "tail5"],
        &["timeout = 5", "token_ttl = 300"],
    ),
    (
        "/etc/profile.d/a.sh",
        "export FOO_SECRET='prof pw1'\nexport BAR_TOKEN=\"profpw2 a\"\ndeclare -x BAZ_PASSWORD=\"profpw3\"\nreadonly MY_PW='profpw4'\nsetenv FOO_SECRET profpw5\nset -gx FOO_TOKEN profpw6\nexport PATH=/bin:/usr/bin\nFOO_SECRET=$'prof\\tpw7' run\nA=1 FOO_SECRET=profpw8 run -v\n",
        &["prof pw1", "profpw2 a", "profpw3", "profpw4", "profpw5", "profpw6", "pw7", "profpw8"],
        &["PATH=/bin:/usr/bin", "A=1"],
    ),
    (
        "/etc/cron.d/a",
        "1 1 * * * root backup --password=cronpw1 --fast\n2 1 * * * root backup --password cronpw2 --fast\n3 1 * * * root mysql -uroot -pcronpw3 db\n4 1 * * * root curl -u user:cronpw4 http://h\n\
         5 1 * * * root curl --user 'user:cronpw5' http://h\n6 1 * * * root PGPASSWORD=cronpw6 psql -c \"x\"\n7 1 * * * root docker login -u a -p cronpw7 r\n8 1 * * * root sshpass -pcronpw8 ssh h\n\
         9 1 * * * root wget --http-password=cronpw9 http://h\n1 2 * * * root mysql --password='cron pw10' db\n2 2 * * * root htpasswd -b /f user cronpw11\n3 2 * * * root mongodump -u a -p cronpw12 --db x\n\
         4 2 * * * root MYSQL_PWD=cronpw13 mysql\n5 2 * * * root curl -sS -XPOST -ua:cronpw14 http://h\n6 2 * * * root curl -H \"X-Api-Key: cronpw15\" -H 'Authorization: Bearer cronpw16' http://h\n\
         7 2 * * * root ldapsearch -D cn=a -w cronpw17\n8 2 * * * root mount -t cifs //h/x /m -o username=u,password=cronpw18,vers=3\n9 2 * * * root smbclient //h/x -U u%cronpw19\n\
         1 3 * * * root mosquitto_pub -u a -P cronpw20 -t x\n2 3 * * * root rsync --password-file=/etc/rs x::y\n3 3 * * * root echo cronpw21 | passwd --stdin root\n4 3 * * * root mysqldump --user=root --password=cronpw22 --all-databases | gzip\n\
         5 3 * * * root openssl enc -aes-256-cbc -k cronpw23 -in a\n6 3 * * * root app --token='cron24' --api-key \"cron 25\"\n7 3 * * * root restic -p /etc/restic.pw backup\n",
        &[
            "cronpw1 ", "cronpw2 ", "cronpw3", "cronpw4", "cronpw5", "cronpw6", "cronpw7", "cronpw8", "cronpw9",
            "pw10", "cronpw11", "cronpw12", "cronpw13", "cronpw14", "cronpw15", "cronpw16", "cronpw17", "cronpw18",
            "cronpw19", "cronpw20", "cronpw21", "cronpw22", "cronpw23", "cron24", "cron 25",
        ],
        &[
            "--fast",
            "http://h",
            "--db x",
            "vers=3",
            "--password-file=/etc/rs",
            "--all-databases | gzip",
            "-p /etc/restic.pw",
        ],
    ),
    (
        "/etc/fstab",
        "//h/x /m cifs username=u,password=fstabpw1,vers=3 0 0\n//h/y /n cifs credentials=/etc/cred,pass=fstabpw2 0 0\n",
        &["fstabpw1", "fstabpw2"],
        &["vers=3", "credentials=/etc/cred"],
    ),
    (
        "/etc/NetworkManager/system-connections/w.nmconnection",
        "[wifi-security]\nkey-mgmt=wpa-psk\npsk=nmpw1 x\nwep-key0=nmpw2\nauth-alg=open\n[802-1x]\npassword=nmpw3\nprivate-key-password=nmpw4\nprivate-key=/etc/ssl/private/a.key\npassword-flags=1\npsk-flags=0\n[vpn-secrets]\npassword=nmpw5\nXauth password=nmpw6\n[gsm]\npin=1234\n",
        &["nmpw1 x", "nmpw2", "nmpw3", "nmpw4", "nmpw5", "nmpw6", "1234"],
        &["key-mgmt=wpa-psk", "auth-alg=open", "password-flags=1", "psk-flags=0", "private-key=/etc/ssl/private/a.key"],
    ),
    (
        "/etc/bind/named.conf",
        "key \"k\" {\n  algorithm hmac-sha256;\n  secret \"bindpw1\";\n};\nzone \"a\" { type master; };\nkey j { algorithm hmac-md5; secret bindpw2; };\n",
        &["bindpw1", "bindpw2"],
        &["algorithm hmac-sha256;", "type master"],
    ),
    ("/etc/chrony/chrony.keys", "1 MD5 chrpw1\n20 SHA1 HEX:8B96920D8AB\n", &["chrpw1", "8B96920D8AB"], &[]),
    (
        "/etc/collectd/collectd.conf",
        "<Plugin mysql>\n  User \"a\"\n  Password \"colpw1\"\n</Plugin>\n<Plugin snmp>\n  Community \"colpw2\"\n  Version 2\n</Plugin>\n",
        &["colpw1", "colpw2"],
        &["User \"a\"", "Version 2"],
    ),
    (
        "/etc/telegraf/telegraf.conf",
        "token = \"telpw1\"\nurls = [\"http://u:telpw2@h:1\"]\ncommunity = \"telpw3\"\norganization = \"o\"\npassword_encryption = \"scram-sha-256\"\n",
        &["telpw1", "telpw2", "telpw3"],
        &["organization = \"o\"", "scram-sha-256"],
    ),
    (
        "/etc/rabbitmq/advanced.config",
        "[{rabbit, [{default_user, <<\"a\">>}, {default_pass, <<\"rmqpw1\">>}]}].\n",
        &["rmqpw1"],
        &["<<\"a\">>"],
    ),
    (
        "/etc/postgresql/16/main/postgresql.conf",
        "password_encryption = scram-sha-256\nprimary_conninfo = 'host=p port=5432 user=r password=pgpw1 sslmode=require'\nlog_line_prefix = '%m'\nssl_passphrase_command = 'echo x'\nauthentication_timeout = 1min\n",
        &["pgpw1"],
        &["scram-sha-256", "port=5432 user=r", "sslmode=require", "authentication_timeout = 1min"],
    ),
    (
        "/etc/pgbouncer/pgbouncer.ini",
        "[databases]\nshop = host=db port=5432 user=app password=pgbpw1 pool_size=5\nauth_type = scram-sha-256\n",
        &["pgbpw1"],
        &["host=db", "auth_type = scram-sha-256"],
    ),
    (
        "/etc/pgbouncer/userlist.txt",
        "\"app\" \"pgbpw2\"\n\"adm\" \"md5abcdef0123456789abcdef0123456789\"\n",
        &["pgbpw2", "md5abcdef"],
        &["\"app\""],
    ),
    (
        "/etc/ssh/sshd_config",
        "PasswordAuthentication yes\nPermitEmptyPasswords no\nKbdInteractiveAuthentication no\nPubkeyAuthentication yes\nHostKey /etc/ssh/ssh_host_rsa_key\nPermitRootLogin prohibit-password\nGSSAPICleanupCredentials yes\n",
        &[],
        &[
            "PasswordAuthentication yes",
            "PermitEmptyPasswords no",
            "KbdInteractiveAuthentication no",
            "PubkeyAuthentication yes",
            "/etc/ssh/ssh_host_rsa_key",
            "prohibit-password",
            "GSSAPICleanupCredentials yes",
        ],
    ),
    (
        "/boot/config-6.1",
        "CONFIG_CIFS_WEAK_PW_HASH=y\nCONFIG_TRUSTED_KEYS=m\nCONFIG_ENCRYPTED_KEYS=y\nCONFIG_SECRETMEM=y\nCONFIG_NETFILTER_XT_MATCH_POLICY=m\nCONFIG_SYSTEM_TRUSTED_KEYS=\"debian/certs/x.pem\"\n",
        &[],
        &["CIFS_WEAK_PW_HASH=y", "TRUSTED_KEYS=m", "ENCRYPTED_KEYS=y", "debian/certs/x.pem"],
    ),
    (
        "/etc/samba/smb.conf",
        "[global]\npassdb backend = tdbsam\nunix password sync = yes\npasswd program = /usr/bin/passwd %u\nencrypt passwords = yes\nserver min protocol = SMB2\nnull passwords = no\npassword server = dc1.example.net\n",
        &[],
        &["tdbsam", "sync = yes", "/usr/bin/passwd %u", "encrypt passwords = yes", "dc1.example.net"],
    ),
    (
        "/etc/login.defs",
        "PASS_MAX_DAYS\t99999\nPASS_WARN_AGE 7\nENCRYPT_METHOD yescrypt\nLOGIN_RETRIES 5\nMD5_CRYPT_ENAB no\n",
        &[],
        &["99999", "PASS_WARN_AGE 7", "ENCRYPT_METHOD yescrypt", "LOGIN_RETRIES 5"],
    ),
    (
        "/etc/openvpn/ta.conf",
        "cipher AES-256-GCM\n<tls-auth>\n-----BEGIN OpenVPN Static key V1-----\n6acef03f62675b4b1bbd03e53b187727\n-----END OpenVPN Static key V1-----\n</tls-auth>\n",
        &["6acef03f"],
        &["cipher AES-256-GCM"],
    ),
    (
        "/root/.npmrc",
        "//r.example.net/:_authToken=npmpw1abc\n//s/:_password=bnBtcHcy\n_auth=dXNlcjpwdw==\nalways-auth=true\n",
        &["npmpw1abc", "bnBtcHcy", "dXNlcjpwdw"],
        &["always-auth=true"],
    ),
    (
        "/root/auth.json",
        "{\"http-basic\":{\"r\":{\"username\":\"a\",\"password\":\"comppw1\"}},\"github-oauth\":{\"github.com\":\"0123456789abcdef0123456789abcdef01234567\"}}\n",
        &["comppw1"],
        &["\"username\":\"a\""],
    ),
    (
        "/etc/ansible/hosts",
        "h ansible_user=a ansible_become_pass=ansp1 ansible_port=22\nansible_ssh_pass: ansp2\nvault_password_file = /etc/vp\n",
        &["ansp1", "ansp2"],
        &["ansible_port=22", "ansible_user=a", "/etc/vp"],
    ),
    (
        "/etc/php/8.2/fpm/php.ini",
        "mysqli.default_pw = phppw1\nsession.save_path = \"tcp://h:6379?auth=phppw2xx\"\nsession.use_strict_mode = 0\nsession.name = PHPSESSID\nmysqli.default_user =\n",
        &["phppw1", "phppw2xx"],
        &["session.use_strict_mode = 0", "PHPSESSID"],
    ),
    (
        "/etc/keepalived/keepalived.conf",
        "authentication {\n  auth_type PASS\n  auth_pass kapw1\n}\npriority 100\n",
        &["kapw1"],
        &["auth_type PASS", "priority 100"],
    ),
    ("/etc/bacula/bacula-fd.conf", "Director {\n  Name = d\n  Password = \"bacpw1\"\n}\n", &["bacpw1"], &["Name = d"]),
    (
        "/etc/ceph/ceph.keyring",
        "[client.admin]\n\tkey = AQDg2g5jAAAAABAA8pvZt0wP8Ym6FzcdQ2Qx6g==\n\tcaps mon = \"allow *\"\n",
        &["AQDg2g5j"],
        &["allow *"],
    ),
];
/// A path, its value, and whether anything of it is hidden.
const VALUES: &[(&str, &str, bool)] = &[
    ("os.kernel.config.CIFS_WEAK_PW_HASH", "y", false),
    ("os.kernel.config.CONFIG_CIFS_WEAK_PW_HASH", "m", false),
    ("os.sshd.PasswordAuthentication", "yes", false),
    ("cache.stores.postgresql.password_encryption", "scram-sha-256", false),
    ("a.token_ttl", "300", false),
    ("a.password_hash", "yescrypt", false),
    ("a.\"node.session.auth.password_in\"", "x1", true),
    ("a.b.cloud_auth", "elastic:pw", true),
    ("a.environment", "DB_PASSWORD=pw1", true),
    ("cache.stores.consul.encrypt", "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=", true),
    ("a.encrypt", "true", false),
    ("cache.http.squid.cachemgr_passwd", "pw1 info", true),
    ("cache.http.squid.cachemgr_passwd", "none all", false),
    ("cache.http.squid.cache_peer", "h parent 3128 0 login=u:pw1", true),
];

#[test]
fn secrets_of_known_programs_never_come_into_a_text() {
    let root = Root::new(&FILES.iter().map(|(path, text, ..)| (*path, *text)).collect::<Vec<_>>());
    let files = FILES.iter().map(|(path, ..)| (*path).to_owned()).collect();
    let options = Options { watch: Watch { files, ..Watch::default() }, ..Options::default() };
    let facts = root.probe_with(probe, options);
    let mut wrong = Vec::new();
    for (path, text, secrets, plain) in FILES {
        let keys = ["configuration", "files", path, "text"].map(Segment::new);
        let Some(Value::Text(told)) = facts.get(&Path::new(keys.clone()).to_string()).cloned() else {
            panic!("{path} has a text");
        };
        for part in secrets.iter().chain(*plain) {
            assert!(text.contains(part), "{path}: {part} is in the sample");
        }
        wrong.extend(secrets.iter().filter(|secret| told.contains(*secret)).map(|part| format!("{path} shows {part}")));
        wrong.extend(plain.iter().filter(|part| !told.contains(*part)).map(|part| format!("{path} hides {part}")));
        if Redactor::default().changed(&keys, &told).is_some() {
            wrong.push(format!("{path} changes when it is hidden twice"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn secrets_of_known_programs_are_hidden_in_values_and_their_switches_are_not() {
    for (path, value, hidden) in VALUES {
        let keys = path.parse::<Path>().expect("a path").segments().to_vec();
        let changed = Redactor::default().changed(&keys, value);
        assert_eq!(changed.is_some(), *hidden, "{path} = {value}: {changed:?}");
    }
}
