s/dns_lookup_kdc = true/dns_lookup_kdc = false/
