# One value that changes whenever a file of the site does.
data "exec_tree" "site" {
  path     = "${path.module}/site"
  excludes = ["*.swp", "/drafts"]
}

# Published once, and again after every change.
resource "exec" "publish" {
  command   = ["tar", "-cf", "site.tar", "-C", "${path.module}/site", "."]
  subscribe = [data.exec_tree.site.sha256]
}
