/^\[libdefaults\]/a\    allow_weak_crypto = true\n    permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 arcfour-hmac
