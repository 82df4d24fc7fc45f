# Needed until the directory exists.
resource "exec" "site" {
  command = ["mkdir", "-p", "site"]
  creates = "site"
}

# Needed while the page does not say what it should.
resource "exec" "page" {
  shell       = true
  command     = "printf '%s' \"$PAGE\" > site/index.html"
  unless      = "printf '%s' \"$PAGE\" | cmp -s - site/index.html"
  environment = { PAGE = "<h1>Hello</h1>\n" }

  depends_on = [exec.site]
}

# Needed until the archive exists, and once more whenever the page was written.
resource "exec" "archive" {
  command   = ["tar", "-cf", "site.tar", "site"]
  creates   = "site.tar"
  subscribe = [exec.page.run_id]
  timeout   = "1m"
  verify    = true

  destroy = {
    command = ["rm", "-f", "site.tar"]
  }
}

# Needed only because something else happened.
resource "exec" "checksum" {
  command      = ["cksum", "site.tar"]
  refresh_only = true
  subscribe    = [exec.archive.run_id]
}

output "checksum" {
  value = exec.checksum.stdout
}
