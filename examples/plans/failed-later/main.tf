resource "exec" "deploy" {
  command    = ["test", "-e", "ready"]
  recheck_on = [filesha256("settings")]
}
