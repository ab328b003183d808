s/^(\s*)worker_connections\s+[0-9]+;/\1worker_connections 8192;/
s/^(\s*)# ?server_tokens off;/\1server_tokens off;/
