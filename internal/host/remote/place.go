package remote

import (
	"net"
	"net/url"
	"strconv"
)

// Place is a machine, as a configuration names it.
type Place struct {
	// Host is a name or an address; User is who logs in.
	Host string
	Port int
	User string
	// HostKey is the public key that the machine must show, or that of the authority which
	// signed it; empty means that a known_hosts file has to vouch for the machine.
	HostKey string
	// Bastion is the machine through which this one is reached; nil for none.
	Bastion *Place
}

// Target names the place: ssh://user@host:port. How it is reached is no part of that.
func (p Place) Target() string {
	u := url.URL{Scheme: "ssh", User: url.User(p.User), Host: p.address()}
	return u.String()
}

// address is host and port.
func (p Place) address() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// key tells apart the places that must not share a connection.
func (p Place) key() string {
	key := p.Target() + "\n" + p.HostKey
	if p.Bastion != nil {
		key += "\n" + p.Bastion.key()
	}
	return key
}
