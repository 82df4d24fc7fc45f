package provider_test

import (
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/local"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/provider"
)

// The provider runs inside the test binary where terraform-plugin-testing drives it, so
// the test binary is what watches over its commands.
func TestMain(m *testing.M) {
	local.WatchdogMain()
	os.Exit(m.Run())
}

// factories serves the provider inside the test process for terraform-plugin-testing.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"exec": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test"), nil },
}
