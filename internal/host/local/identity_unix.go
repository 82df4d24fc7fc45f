//go:build unix

package local

import (
	"errors"
	"os"
	"os/user"
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
func resolve(userName, groupName string) (identity, error) {
	var id identity
	gid, err := groupID(groupName)
	if err != nil {
		return id, err
	}
	if userName == "" {
		if gid >= 0 && gid != os.Getegid() {
			id.credential = &syscall.Credential{Uid: number(os.Geteuid()), Gid: number(gid), NoSetGroups: true}
		}
		return id, nil
	}
	account, err := lookUpUser(userName)
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
	groups, err := account.GroupIds()
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

// lookUpUser returns nil without an error for a number that no account has.
func lookUpUser(name string) (*user.User, error) {
	account, err := user.Lookup(name)
	if err == nil {
		return account, nil
	}
	if _, notNumber := strconv.ParseUint(name, 10, 32); notNumber != nil {
		return nil, unknown(host.UserUnknown, name, err)
	}
	account, err = user.LookupId(name)
	if err == nil {
		return account, nil
	}
	if _, isUnknown := errors.AsType[user.UnknownUserIdError](err); isUnknown {
		return nil, nil
	}
	return nil, unknown(host.UserUnknown, name, err)
}

// groupID returns -1 for no group.
func groupID(name string) (int, error) {
	if name == "" {
		return -1, nil
	}
	if group, err := user.LookupGroup(name); err == nil {
		if gid, err := strconv.ParseUint(group.Gid, 10, 32); err == nil {
			return int(gid), nil
		}
	} else if _, notNumber := strconv.ParseUint(name, 10, 32); notNumber != nil {
		return 0, unknown(host.GroupUnknown, name, err)
	}
	gid, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return 0, &host.StartError{Reason: host.GroupUnknown, Subject: name, Err: err}
	}
	return int(gid), nil
}

// unknown tells an absent name from a database that could not be read.
func unknown(reason host.StartReason, name string, err error) error {
	_, noUser := errors.AsType[user.UnknownUserError](err)
	_, noGroup := errors.AsType[user.UnknownGroupError](err)
	if noUser || noGroup {
		return &host.StartError{Reason: reason, Subject: name, Err: err}
	}
	return &host.StartError{Reason: host.StartOther, Subject: name, Detail: "the user database could not be read", Err: err}
}

// number narrows an id that the system gave; ids are 32 bits wide.
func number(id int) uint32 { return uint32(id) }
