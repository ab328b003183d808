//! The shapes of credentials that have a grammar, each behind what tells fast that a text has none.

/// A shape with a grammar: the part named `secret` is what to hide, else the whole match. Its pattern is compiled when a text
/// may have a match, which for most is never: compiling one costs as much as looking at a hundred files.
pub(super) struct Shape {
    pub(super) rule: &'static str,
    /// Texts of which every match has one.
    pub(super) near: &'static str,
    /// What stands around that text in every match; the text begins and ends at these places.
    pub(super) around: fn(&[u8], usize, usize) -> bool,
    /// Texts of which the whole has one too, in small letters or capitals; none where it is empty.
    with: &'static str,
    pub(super) pattern: &'static str,
}

const fn shape(rule: &'static str, near: &'static str, pattern: &'static str) -> Shape {
    Shape { rule, near, around: |_, _, _| true, with: "", pattern }
}

impl Shape {
    const fn around(self, around: fn(&[u8], usize, usize) -> bool) -> Self {
        Self { around, ..self }
    }

    const fn with(self, with: &'static str) -> Self {
        Self { with, ..self }
    }

    /// The texts that lead to it.
    pub(super) fn leads(&self) -> impl Iterator<Item = &'static str> {
        // A vertical line alone is a text, not what parts two.
        let (alone, several) = if self.near == "|" { (Some("|"), "") } else { (None, self.near) };
        alone.into_iter().chain(several.split('|').filter(|text| !text.is_empty()))
    }

    /// Whether a text that has one of its leads may have a match.
    pub(super) fn may_match(&self, text: &[u8]) -> bool {
        self.with.is_empty() || self.with.split('|').any(|word| holds(text, word.as_bytes()))
    }
}

/// Whether a word stands in a text, in small letters or capitals.
fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// White space as `\s` of a pattern knows it.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// What stands behind the white space at a place.
fn words(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    rest.get(rest.iter().position(|byte| !is_blank(*byte)).unwrap_or(rest.len())..).unwrap_or_default()
}

/// A text without the quotation mark that it begins with.
fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").or_else(|| text.strip_prefix(b"'")).unwrap_or(text)
}

/// A value is given: `auth: `, `"auth" = `.
fn assigns(text: &[u8], _: usize, end: usize) -> bool {
    let rest = unquoted(text.get(end..).unwrap_or_default());
    words(rest, 0).first().is_some_and(|byte| matches!(byte, b':' | b'='))
}

/// A word ends.
fn ends_word(text: &[u8], _: usize, end: usize) -> bool {
    text.get(end).copied().is_some_and(is_blank)
}

/// A word of its own begins a line.
fn begins_line(text: &[u8], start: usize, end: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let last = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    last.is_none_or(|byte| *byte == b'\n') && ends_word(text, start, end)
}

/// A number stands before.
fn follows_digit(text: &[u8], start: usize, _: usize) -> bool {
    start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(u8::is_ascii_digit)
}

/// A word of its own begins here.
fn begins_word(text: &[u8], start: usize, _: usize) -> bool {
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The scheme of an `Authorization` header stands behind its name.
fn names_scheme(text: &[u8], _: usize, end: usize) -> bool {
    const SCHEMES: [&[u8]; 8] =
        [b"basic", b"bearer", b"token", b"apikey", b"digest", b"negotiate", b"ssws", b"aws4-hmac-sha256"];
    let rest = unquoted(text.get(end..).unwrap_or_default());
    let parts = |byte: &u8| is_blank(*byte) || matches!(byte, b':' | b'=' | b',');
    let rest = rest.get(rest.iter().position(|byte| !parts(byte)).unwrap_or(rest.len())..).unwrap_or_default();
    let rest = unquoted(rest);
    let begins = |word: &&[u8]| rest.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
    SCHEMES.iter().any(begins)
}

/// What is long enough for a name and a password in base64 stands behind `Basic`.
fn begins_scheme(text: &[u8], start: usize, end: usize) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let word = words(text, end).iter().take(60).take_while(|byte| is_letter(byte)).count();
    word >= 8
        && start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|byte| matches!(byte, b'B' | b'b'))
}

/// The header of a JSON web token stands here whole, with the point behind it.
fn heads_token(text: &[u8], start: usize, end: usize) -> bool {
    // A longer one is looked at by the pattern: what is looked at here for every lead has to have an end.
    const LONGEST: usize = 1024;
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(goes_on) {
        return false;
    }
    let rest = text.get(end..).unwrap_or_default();
    let header = rest.iter().take(LONGEST).take_while(|byte| goes_on(byte) || **byte == b'-').count();
    header == LONGEST || rest.get(header) == Some(&b'.')
}

/// All shapes.
pub(super) const SHAPES: &[Shape] = &[
    // Keys in PEM, PGP and SSH2 armour, RFC 7468, RFC 9580, RFC 4716; to the end of the text where the end is cut off.
    shape(
        "private-key",
        "-----BEGIN|---- BEGIN",
        r"-----?[ ]?BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?[ ]?-----?(?:[\s\S]*?-----?[ ]?END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?[ ]?-----?|[\s\S]*)",
    ),
    shape(
        "private-key",
        "-----BEGIN OpenVPN",
        r"-----BEGIN OpenVPN [\w -]{0,40}[Kk]ey[ V0-9]*-----[\s\S]*?(?:-----END OpenVPN[^\n]*|\z)",
    ),
    // WireGuard's keys as netplan(5) names them: 32 bytes in base64.
    shape(
        "private-key",
        "shared:|private:|key:",
        r#"(?m)(?:^\s*(?:-\s+)?|[{,]\s*)(?:shared|private|key):\s*["']?(?<secret>[A-Za-z0-9+/]{43}=)"#,
    ),
    // The key of serf's gossip, in consul and nomad: 16, 24 or 32 bytes in base64.
    shape("gossip-key", "encrypt", r#"\bencrypt["']?\s*[:=]\s*["'](?<secret>[A-Za-z0-9+/]{22,43}={0,2})["']"#).around(assigns),
    // PuTTY's own form, PPK 2 and 3.
    shape(
        "private-key",
        "PuTTY-User-Key-File-",
        r"Private-Lines:[ \t]*\d+\r?\n(?<secret>[\s\S]*?)(?:\r?\nPrivate-(?:MAC|Hash):|\z)",
    ),
    // The secret members of a JSON web key, RFC 7518 section 6.
    shape("json-web-key", "\"kty\"", r#""(?:d|p|q|dp|dq|qi|k)"\s*:\s*"(?<secret>[\w-]{16,})""#),
    // crypt(5) hashes, those of LDAP (RFC 2307), of PBKDF2 and of Samba.
    shape(
        "password-hash",
        "$1$|$5$|$6$|$7$|$y$|$gy$|$apr1$|$2$|$2a$|$2b$|$2x$|$2y$|$sha1$|$argon2|$pbkdf2|$scrypt$|$bcrypt",
        r"\$(?:(?:1|apr1)\$[^$\s]{0,8}\$[./A-Za-z0-9]{22}|[56]\$(?:rounds=\d+\$)?[^$\s:]{0,16}\$[./A-Za-z0-9]{16,}|2[abxy]?\$\d\d\$[./A-Za-z0-9]{22,}|(?:7|y|gy|sha1|argon2\w*|pbkdf2[\w-]*|scrypt|bcrypt[\w-]*)\$[./A-Za-z0-9$=,+-]{16,})",
    ),
    shape(
        "password-hash",
        "{SHA|{SSHA|{SMD5}|{MD5}|{CRYPT}|{PBKDF2",
        r"\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|PBKDF2[\w-]*)\}[A-Za-z0-9+/=.$]{13,}",
    ),
    shape("password-hash", "grub.pbkdf2", r"\bgrub\.pbkdf2\.sha\d+\.\d+\.(?<secret>[0-9A-Fa-f.]{16,})"),
    // GRUB's manual: `password USER CLEAR`, which stands beside the names of who may.
    shape("grub-password", "superusers", r"(?m)^\s*password\s+[\w.-]+\s+(?<secret>\S+)\s*$"),
    shape("password-hash", ":[U", r"(?m)^[^:\s]+:\d+:(?<secret>[0-9A-FX]{32}:[0-9A-F]{32}):\[U"),
    shape(
        "password-hash",
        "pbkdf2_sha256$|sha512crypt|SCRAM-SHA-",
        r"\b(?:pbkdf2_sha256\$\d+\$|SCRAM-SHA-(?:1|256|512)\$\d+:)[A-Za-z0-9+/=:$]{20,}",
    ),
    // Authorization headers, RFC 9110 section 11.6.
    shape(
        "authorization-header",
        "uthorization|UTHORIZATION",
        r"(?i)\bauthorization[\x22']?[\s:=,]+[\x22']?(?:basic|bearer|token|apikey|digest|negotiate|ssws|aws4-hmac-sha256)\s+(?<secret>[^\s\x22'$\{<\[][^\s\x22']{7,})",
    ).around(names_scheme),
    shape("authorization-header", "earer |EARER ", r"(?i)\bbearer\s+(?<secret>[A-Za-z0-9_.=+/~-]{16,})"),
    // The scheme alone, RFC 7617, under any name; what stands behind it is looked at.
    shape("basic-credentials", "asic ", r"\b[Bb]asic[ ]+(?<secret>[A-Za-z0-9+/]{8,}={0,2})").around(begins_scheme),
    shape("authorization-header", "SSWS ", r"\bSSWS\s+(?<secret>00[\w-]{40})"),
    // Cookies, RFC 6265: what stands behind the header's name.
    shape(
        "cookie",
        "ookie:|ookie\":|ookie':",
        r#"(?i)\b(?:set-)?cookie["']?:\s*["']?(?<secret>[\w.-]{1,60}=[^\s"';$<][^\r\n"']{5,})"#,
    ),
    // Name and password in base64, as container tools and npm keep them.
    shape("registry-auth", "auth", r#"auth["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/-]{8,}={1,2})"#).around(assigns),
    shape("registry-auth", "\"auth\"", r#""auth"\s*:\s*"(?<secret>[A-Za-z0-9+/]{12,}={0,2})""#),
    shape("registry-auth", "_AUTH|_auth", r#"(?i)(?:^|[\s"';:/])(?:npm_config_)?_auth["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/-]{8,}={0,2})"#).around(assigns),
    shape("npm-token", "_authToken", r"_authToken\s*=\s*(?<secret>[^\s$][^\s]{5,})"),
    // Command lines.
    shape(
        "command-line-password",
        "curl|wget",
        r#"\b(?:curl|wget)\b[^\n]*?(?:\\\n[^\n]*?)*?\s(?:-u|--user|--proxy-user)[ =]*["']?[^\s:"'$<]*["']?:["']?(?<secret>[^\s"'$<\[][^\s"']+)"#,
    ).with("-u"),
    shape("command-line-password", "curl", r#"\bcurl\b[^\n]*?\s(?:-u|--user)[ =]*["'](?<secret>[^\s:"'$<]{8,}):["']"#).with("-u"),
    shape(
        "command-line-password",
        "CURL|WGET|curl_|wget_|HTTP_OPT|HTTP_ARG",
        r#"\b\w*(?i:curl|wget|http)\w*=["']?(?:[^\n]*?\s)?(?:-u|--user|--proxy-user)[ =]*["']?[^\s:"'$<]+:(?<secret>[^\s"'$<\[][^\s"']*)"#,
    ).with("-u"),
    shape(
        "command-line-password",
        "mysql|mariadb",
        r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin)\b[^\n]*?\s-p(?<secret>[^\s'"$-][^\s'"]*)"#,
    ),
    shape(
        "command-line-password",
        "docker|podman|nerdctl|buildah|skopeo|mongo",
        r#"\b(?:(?:docker|podman|nerdctl|buildah|skopeo)\s+login|mongo\w*)\b[^\n]*?\s-p[ =]*["']?(?<secret>[^\s"'$-][^\s"']*)"#,
    ).with("-p"),
    shape(
        "command-line-password",
        "htpasswd",
        r"(?m)\bhtpasswd\s+-\w*b\w*(?:[ \t]+[^\s|;&>]+){1,2}[ \t]+(?<secret>[^\s|;&>$]+)[ \t]*(?:$|[|;&>])",
    ),
    shape(
        "command-line-password",
        "chpasswd",
        r#"\becho\s+(?:-\w+\s+)*["']?[\w.-]+:(?<secret>[^\s"'|$]+)["']?\s*\|\s*(?:\S+\s+)?(?:/usr)?(?:/sbin/)?chpasswd"#,
    ).with("echo"),
    shape(
        "command-line-password",
        "--stdin",
        r#"\becho\s+(?:-\w+\s+)*["']?(?<secret>[^\s"'|$]+)["']?\s*\|\s*(?:\S+\s+)?passwd\s+(?:\S+\s+)?--stdin"#,
    ),
    shape("command-line-password", "mosquitto_", r#"\bmosquitto_\w+\b[^\n]*?\s-P\s+["']?(?<secret>[^\s"'$]+)"#),
    shape("command-line-password", "openssl", r#"\bopenssl\s+enc\b[^\n]*?\s-k\s+["']?(?<secret>[^\s"'$]+)"#).around(|text, _, end| words(text, end).starts_with(b"enc")),
    shape("command-line-password", "sshpass", r#"\bsshpass\s+-p\s*["']?(?<secret>[^\s"'$]+)"#),
    shape("command-line-password", "redis-cli", r#"\bredis-cli\b[^\n]*?\s-a\s+["']?(?<secret>[^\s"'$]+)"#),
    // As OpenSSL takes a password on the spot, behind -passin and its like or under any name
    // (openssl-passphrase-options(1)): a word of its own.
    shape("openssl-password", "pass:", r#"(?:^|[\s"'=,(\[{])pass:(?<secret>[^\s"'$]+)"#),
    shape(
        "command-line-password",
        "ldapsearch|ldapmodify|ldapadd|ldapdelete|ldappasswd|ldapwhoami",
        r#"\bldap(?:search|modify|add|delete|passwd|whoami)\b[^\n]*?\s-w\s*["']?(?<secret>[^\s"'$-][^\s"']*)"#,
    ),
    shape(
        "command-line-password",
        "smbclient|rpcclient|net ads|net rpc|smbget|winexe|pdbedit",
        r#"\s(?:-U|--user)[\s=]*["']?[\w.\\-]+%(?<secret>[^\s"'$]+)"#,
    ),
    shape(
        "command-line-password",
        "smbclient",
        r#"\bsmbclient\s+["']?//[^\s/"']+/[^\s"']+["']?\s+["']?(?<secret>[^\s"'$|;&<>-][^\s"']*)"#,
    ),
    // zip(1), 7z(1), lftp(1), rabbitmqctl(8), kinit(1), Oracle's sqlplus.
    shape(
        "command-line-password",
        "zip -",
        r#"\b(?:un)?zip\s[^\n|;&]*?(?:\s|-\w*)-?P\s*["']?(?<secret>[^\s"'$-][^\s"']*)"#,
    ).around(|text, start, end| begins_word(text, start, end) || text.get(..start).is_some_and(|before| before.ends_with(b"un"))).with("P "),
    shape("command-line-password", "7z |7za |7zr |7zz ", r#"\b7z[arz]?\s[^\n|;&]*?\s-p["']?(?<secret>[^\s"'$-][^\s"']*)"#).around(begins_word),
    shape("command-line-password", "lftp", r#"\blftp\b[^\n]*?\s(?:-u|--user)[ =]?["']?[^\s,"']+,(?<secret>[^\s"'$][^\s"']*)"#).with("-u"),
    shape(
        "command-line-password",
        "rabbitmqctl",
        r#"\brabbitmqctl\b[^\n]*?\s(?:add_user|change_password|authenticate_user)\s+\S+\s+["']?(?<secret>[^\s"'$|;&-][^\s"']*)"#,
    ),
    shape("command-line-password", "<<<", r#"\b(?:kinit|passwd|su|sudo|cryptsetup|smbpasswd|gpg|openssl)\b[^\n;|&]*?<<<\s*["']?(?<secret>[^\s"'$]+)"#),
    shape(
        "command-line-password",
        "kinit",
        r#"\becho\s+(?:-\w+\s+)*["']?(?<secret>[^\s"'|$]+)["']?\s*\|\s*(?:\S+/)?kinit"#,
    ).with("echo"),
    shape("command-line-password", "sqlplus ", r#"\bsqlplus\s+(?:-\w+\s+)*["']?[\w.$\#-]+/(?<secret>[^\s"'@$]+)"#).around(begins_word),
    shape("command-line-password", "ipmitool", r"\bipmitool\b[^\n]*?\s-P\s*(?<secret>[^\s$]+)"),
    shape(
        "snmp-community",
        "snmpwalk|snmpget|snmpset|snmpbulkwalk|snmptrap|snmptable",
        r"\bsnmp(?:walk|get|set|bulkwalk|trap|getnext|table)\b[^\n]*?\s-[cAXax]\s*(?<secret>[^\s$-][^\s]*)",
    ),
    // Configuration with a grammar of its own: haproxy, redis' access rules, netrc(5), snmpd.conf(5), pgpass.
    shape(
        "haproxy-password",
        "insecure-password|stats|user",
        r"(?:\binsecure-password\s|\bstats\s+auth\s+[^\s:]+:|(?m:^)[ \t]*user[ \t]+\S+[ \t]+password[ \t])\s*(?<secret>\S+)",
    ).around(ends_word).with("password|auth"),
    shape("squid-password", "cachemgr_passwd", r"(?m)^\s*cachemgr_passwd\s+(?<secret>\S+)"),
    shape("squid-password", "login=", r"\blogin=[^\s:]+:(?<secret>\S+)"),
    shape("redis-password", "sentinel", r"(?m)^\s*sentinel\s+(?:auth-pass\s+\S+|sentinel-pass)\s+(?<secret>\S+)"),
    shape(
        "static-password",
        "password_maps",
        r"password_maps\s*=\s*[^\n]*?\b(?:static:|inline:\{\s*\{?\s*[^\s={}]+\s*=\s*)[^\s:{}]+:(?<secret>[^\s,}]+)",
    ),
    // The same table as postfix and others name it anywhere: type, user, password.
    shape(
        "static-password",
        "static:",
        r#"(?m)(?:^|[\s=,"'])static:[\w.@+-]*[A-Za-z][\w.@+-]*:(?<secret>[^\s,}"'/][^\s,}"']*)"#,
    ),
    // Helpers of squid's: basic_ldap_auth(8), ext_ldap_group_acl(8).
    shape("squid-password", "ldap_auth|ldap_group", r"\b\w*ldap_(?:auth|group)\w*\b[^\n]*?\s-w\s*(?<secret>[^\s$-]\S*)"),
    // apt.conf(5) by the whole name, apt_preferences(5) with an account before the host.
    shape("apt-password", "Acquire::", r#"\bAcquire::\S*::(?i:password)\s+"(?<secret>[^"\n]+)""#).with("password"),
    shape("apt-password", "origin", r#"\borigin\s+"[\w.-]+:(?<secret>[^\s@"/]+)@"#).around(|text, _, end| words(text, end).starts_with(b"\"")),
    // fstab(5): mount.cifs(8) takes `user=name%password`; FUSE's old form is `sshfs#user:password@host:`.
    shape("mount-password", "cifs|smb3", r"[,\s=]user(?:name)?=[^\s,%&?=]+%(?<secret>[^\s,]+)"),
    shape("mount-password", "fs#|fs\\#", r"\b\w+fs\\?#[^\s:@]+:(?<secret>[^\s@]+)@"),
    // Names of data sources: Go's of MySQL, Oracle's thin driver.
    shape("url-password", "@tcp(|@tcp6(|@unix(", r#"(?:^|[\s"'=/])[\w.%-]+:(?<secret>[^\s"'/][^\s"']*)@(?:tcp6?|unix)\("#),
    shape("url-password", "jdbc:oracle:", r#"\bjdbc:oracle:\w+:[\w.$\#-]+/(?<secret>[^\s"'@]+)@"#),
    // SQL: CREATE USER of MySQL and Oracle, CREATE ROLE of PostgreSQL.
    shape(
        "sql-password",
        "dentified by|dentified with|DENTIFIED BY|DENTIFIED WITH",
        r#"(?i)\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?["'](?<secret>[^"'\n]+)["']"#,
    ),
    shape("sql-password", "PASSWORD '|password '", r"(?i)\b(?:role|user)\s+\S+[^;\n]*?\bpassword\s+'(?<secret>[^'\n]+)'").with("role|user"),
    // libpq's connection string within a string of SQL's.
    shape("conninfo-password", "password=''|password = ''", r"password\s?=\s?''(?<secret>[^'\n]+)''"),
    shape("systemd-credential", "SetCredential=", r"(?m)^\s*SetCredential=[^:\s]+:(?<secret>[^\n]+)"),
    shape("redis-password", "rename-command", r#"(?m)^\s*rename-command\s+\S+\s+["']?(?<secret>[^\s"']+)"#),
    // Headers that are set, and those that are compared: haproxy, nginx, varnish.
    shape(
        "header-value",
        "set_header|-header|_param|add_header",
        r#"(?i)\b(?:(?:proxy|grpc)_set_header|(?:fastcgi|uwsgi|scgi)_param|add_header|(?:set|add)-header)\s+[\w-]*(?:key|token|secret|password)[\w-]*\s+["']?(?<secret>[^\s"';$%/][^\s"';$]*)"#,
    ).around(ends_word).with("key|token|secret|password"),
    // Headers whose names only hint: what looks drawn at random.
    shape(
        "random-value",
        "set_header|-header|_param|add_header|eader set",
        r#"(?i)\b(?:(?:proxy|grpc)_set_header|(?:fastcgi|uwsgi|scgi)_param|add_header|(?:set|add)-header|(?:request)?header set)\s+[\w-]*(?:auth|session|cred|sign|salt|pass)[\w-]*\s+["']?(?<secret>[^\s"';$%/][^\s"';$]*)"#,
    ).around(ends_word).with("auth|session|cred|sign|salt|pass"),
    // Comments of rules of a packet filter: iptables-extensions(8), nft(8).
    shape(
        "random-value",
        "comment \"|comment '",
        r#"(?i)\bcomment\s+["'][^"'\n]*?(?:token|key|secret|pass\w*|auth\w*|cred\w*)\W{1,3}(?<secret>[^\s"']{16,})"#,
    ).with("token|key|secret|pass|auth|cred"),
    shape(
        "header-value",
        "hdr(",
        r#"(?i)\bhdr\([\w-]*(?:key|token|secret|password|auth)[\w-]*(?:,[^)\s]*)?\)(?:\s+-m\s+(?:str|beg|end|sub|dir|dom|reg|bin)|\s+-i)*\s+["']?(?<secret>[^\s"'}-][^\s"']*)"#,
    ),
    shape(
        "header-value",
        "req.http.",
        r#"(?i)\b(?:be)?req\.http\.[\w-]*(?:key|token|secret|password|auth)[\w-]*\s*(?:==|!=|!?~)\s*"(?<secret>[^"\n]+)""#,
    ),
    // What is set may be a mark of a few letters; a longer word with a digit in it is none.
    shape(
        "header-value",
        "req.http.",
        r#"(?i)\bset\s+(?:be)?req\.http\.[\w-]*(?:key|token|secret|password|auth)\s*=\s*"(?<secret>[^\s"\d]*\d[^\s"]{4,}|[^\s"\d]{5,}\d[^\s"]*)""#,
    ),
    shape(
        "header-value",
        "$http_|$arg_|$cookie_",
        r#"\$(?:http|arg|cookie)_\w*(?:key|token|secret|password|authorization)\w*\s*(?:!=|=|!?~\*?)\s*["']?(?<secret>[^\s"')$]+)"#,
    ),
    shape("haproxy-password", "tcp-check", r#"\btcp-check\s+send\s+["']?AUTH(?:\\ | )(?<secret>(?:[^\s"'\\]|\\ )+)"#),
    shape("wireless-key", "iwconfig", r"\bkey\s+s:(?<secret>\S+)"),
    shape("nginx-secret", "secure_link_md5", r#"\bsecure_link_md5\s+"[^"\n]*\s(?<secret>[^\s"$]+)""#),
    shape(
        "header-value",
        "http-check",
        r#"(?i)\bhttp-check\s+send\b[^\n]*?\bhdr\s+[\w-]*(?:key|token|secret|password|auth)[\w-]*\s+["']?(?<secret>[^\s"'%]+)"#,
    ),
    shape("header-value", ":\\ ", r#"(?i)[\w-](?:key|token|secret|password|auth):\\ (?<secret>[^\s"\\]+(?:\\ [^\s"\\]+)*)"#),
    shape(
        "wireless-key",
        "wireless-key|wireless_key",
        r"(?m)^\s*wireless[-_]key\w*\s+(?:(?:open|restricted)\s+)?(?:s:)?(?<secret>\S{5,})",
    ),
    shape("cloud-init-password", "chpasswd:", r#"\bchpasswd:\s*\{[^}\n]*?\blist:\s*["']?[^\s:"']+:(?<secret>[^\s"',}]+)"#),
    shape("tsig-key", "; secret", r#";\s*secret\s+"?(?<secret>[^\s";]+)"?;"#),
    shape("erlang-password", "<<\"", r#"\{\s*\w*(?:pass|password|secret|token|cookie)\s*,\s*<<"(?<secret>[^"\n]+)""#),
    shape("redis-access-rule", "user", r"(?m)^[ \t]*user[ \t]+\S+(?:[ \t][^\n]*?)??[ \t](?:>\S|#[0-9a-f]{64})[^\n]*").around(begins_line).with(" >|\t>| #|\t#"),
    shape("redis-access-rule", "setuser|SETUSER", r"(?i)\bacl\s+setuser\s+\S+(?<secret>[ \t][^\n]*)"),
    shape("netrc-password", "machine|login", r"\b(?:machine|login)\s+\S+\s+(?:\w+\s+\S+\s+){0,2}?password\s+(?<secret>\S+)").around(ends_word).with("password"),
    shape("snmp-community", "community|com2sec", r"(?m)^\s*(?:r[ow]community6?|trapcommunity)\s+(?<secret>\S+)"),
    shape("snmp-community", "com2sec", r"(?m)^\s*com2sec6?\s+(?:-Cn\s+\S+\s+)?\S+\s+\S+\s+(?<secret>\S+)"),
    shape(
        "snmp-community",
        "trapsink|trap2sink|informsink",
        r"(?m)^\s*(?:trap2?sink|informsink)\s+\S+\s+(?<secret>[^\s\d]\S*)",
    ),
    shape(
        "snmp-user",
        "createUser|usmUser",
        r#"(?m)^\s*createUser\s+(?:-e\s+\S+\s+)?\S+\s+(?:MD5|SHA\S*)\s+(?<secret>[^\n]+)"#,
    ),
    // One-time passwords: RFC 6238 in a URL, and the file of google-authenticator.
    shape("otp-secret", "otpauth://", r"otpauth://[^\s\x22']*[?&]secret=(?<secret>[A-Za-z2-7=%]{8,})"),
    shape("otp-secret", "\" TOTP_AUTH|\" RATE_LIMIT|\" HOTP_COUNTER", r"\A(?<secret>[A-Z2-7]{16,})\r?\n"),
    // JSON web tokens, RFC 7519, also within base64.
    shape("json-web-token", "eyJ|eyA", r"\bey[A-Za-z0-9_-]{15,}\.(?:ey[A-Za-z0-9/\\_-]{15,}\.?[A-Za-z0-9/\\_-]*={0,2})").around(heads_token),
    shape("json-web-token", "ZXlK", r"\bZXlK[A-Za-z0-9+/=_-]{60,}"),
    // Services whose credentials have no prefix.
    shape("azure-client-secret", "Q~", r"(?:^|[^\w~.-])(?<secret>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?:$|[^\w~.-])"),
    shape("aws-secret-key", "AKIA|ASIA", r"\bA[KS]IA[A-Z2-7]{16}:(?<secret>[A-Za-z0-9/+=]{40})\b"),
    shape("discord-token", "iscord|ISCORD", r"\b[MNO][A-Za-z\d]{23,25}\.[\w-]{6}\.[\w-]{27,40}\b"),
    shape("facebook-token", "|", r"\b\d{15,16}\|(?<secret>[\w-]{27,40})").around(follows_digit),
    shape("facebook-token", "%7c|%7C", r"\b\d{15,16}%7[cC](?<secret>[\w-]{27,40})").around(follows_digit),
    shape("gitlab-session", "_gitlab_session=", r"_gitlab_session=(?<secret>[0-9a-z]{32})"),
    shape("mailchimp-key", "-us1|-us2|-us3|-us4|-us5|-us6|-us7|-us8|-us9|-us0", r"\b[0-9a-f]{32}-us\d{1,2}\b"),
    shape("telegram-bot-token", ":A", r"(?:\b|bot)(?<secret>\d{8,12}:A[\w-]{34})\b").around(follows_digit),
    shape("webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?<secret>[A-Za-z0-9+/]{30,})"),
    shape("webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/(?<secret>\d+/[\w-]{20,})"),
    shape("webhook", ".webhook.office.com/", r"\.webhook\.office\.com/webhookb?2?/(?<secret>[\w-]{36}@[^\s\x22']+)"),
    shape(
        "bundler-credential",
        "CONTRIBSYS|contribsys",
        r"(?i)\bBUNDLE_(?:ENTERPRISE|GEMS)__CONTRIBSYS__COM[\x22']?\s*[:=]\s*[\x22']?(?<secret>[a-f0-9]{8}:[a-f0-9]{8})\b",
    ),
    shape("sourcegraph-token", "ourcegraph", r"(?i)\bsourcegraph\W{1,4}(?<secret>[a-f0-9]{40})\b"),
    shape("openai-key", "T3BlbkFJ", r"\bsk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,200}T3BlbkFJ[\w-]{20,200}"),
];
