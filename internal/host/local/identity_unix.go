//go:build unix

package local

import (
	"context"
	"os"
	"strconv"
	"syscall"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
)

// identity is as whom a command runs.
type identity struct {
	// credential is nil when it is as this process.
	credential *syscall.Credential
	// environment says who that is, in variables.
	environment map[string]string
}

// resolve finds out what user and group mean: a name first, else a number, as chown does.
//
// A user brings its primary group and its supplementary ones. A group alone replaces the
// primary group only. Who this process already is needs no switch, and so no privilege.
func resolve(ctx context.Context, userName, groupName string) (identity, error) {
	var id identity
	gid, err := groupID(ctx, groupName)
	if err != nil {
		return id, err
	}
	if userName == "" {
		if gid >= 0 && gid != os.Getegid() {
			id.credential = &syscall.Credential{Uid: number(os.Geteuid()), Gid: number(gid), NoSetGroups: true}
		}
		return id, nil
	}
	account, err := lookUpUser(ctx, userName)
	if err != nil {
		return id, err
	}
	if account == nil {
		return numbered(userName, gid)
	}
	id.environment = map[string]string{"HOME": account.HomeDir, "USER": account.Username, "LOGNAME": account.Username}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return id, &host.StartError{Reason: host.UserUnknown, Subject: userName, Err: err}
	}
	if int(uid) == os.Geteuid() && (gid < 0 || gid == os.Getegid()) {
		return id, nil
	}
	primary, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return id, &host.StartError{Reason: host.UserUnknown, Subject: userName, Err: err}
	}
	id.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(primary)}
	if gid >= 0 {
		id.credential.Gid = number(gid)
	}
	groups, err := groupsOf(ctx, account)
	if err != nil {
		return id, &host.StartError{Reason: host.StartOther, Subject: userName, Detail: "the groups of the user could not be read", Err: err}
	}
	for _, g := range groups {
		if n, err := strconv.ParseUint(g, 10, 32); err == nil {
			id.credential.Groups = append(id.credential.Groups, uint32(n))
		}
	}
	return id, nil
}

// numbered is the identity of a user that is a number without an account: it has no
// groups, and its home is the root directory.
func numbered(userName string, gid int) (identity, error) {
	uid, err := strconv.ParseUint(userName, 10, 32)
	if err != nil {
		return identity{}, &host.StartError{Reason: host.UserUnknown, Subject: userName}
	}
	if int(uid) == os.Geteuid() && (gid < 0 || gid == os.Getegid()) {
		return identity{}, nil
	}
	if gid < 0 {
		return identity{}, &host.StartError{
			Reason: host.UserUnknown, Subject: userName,
			Detail: "no account has this number, so its group is not known: name a group too",
		}
	}
	return identity{
		credential:  &syscall.Credential{Uid: uint32(uid), Gid: number(gid)},
		environment: map[string]string{"HOME": "/", "USER": userName, "LOGNAME": userName},
	}, nil
}

// number narrows an id that the system gave; ids are 32 bits wide.
func number(id int) uint32 { return uint32(id) }
