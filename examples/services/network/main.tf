variable "cidrs" {
  type = list(string)
}

resource "terraform_data" "subnet" {
  for_each = toset(var.cidrs)
  input    = each.key
}

output "subnets" {
  value = { for cidr, s in terraform_data.subnet : cidr => s.output }
}

output "token" {
  value     = "never shown"
  sensitive = true
}
