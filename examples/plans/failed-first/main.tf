resource "exec" "deploy" {
  command = ["test", "-e", "ready"]
}
