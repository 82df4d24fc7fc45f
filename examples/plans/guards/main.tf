resource "exec" "install" {
  command = ["touch", "app"]
  creates = "app"
  unless  = "test -e frozen"
}
