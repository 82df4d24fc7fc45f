resource "exec" "report" {
  command = "echo hello"
  always  = true
}
