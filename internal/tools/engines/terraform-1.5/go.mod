module github.com/terraform-provider-exec/terraform-provider-exec/internal/tools/engines/terraform-1.5

go 1.26

tool github.com/hashicorp/terraform

require github.com/hashicorp/terraform v1.5.7
