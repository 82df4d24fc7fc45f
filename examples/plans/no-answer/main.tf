resource "exec" "install" {
  command = "echo installed"
  unless  = "./is-installed --quiet"
}
