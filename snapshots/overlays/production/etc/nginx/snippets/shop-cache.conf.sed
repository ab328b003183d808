s/^proxy_cache_valid 200 301 30m;/proxy_cache_valid 200 301 6h;/
