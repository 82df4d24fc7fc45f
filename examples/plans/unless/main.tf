resource "exec" "certificate" {
  command = ["touch", "valid"]
  unless  = "test -e valid"
}
