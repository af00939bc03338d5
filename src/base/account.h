#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace palabre {

/// An entry of this machine's account database. Looking one up may block: the database may be on
/// the network.
struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::string home = {};
};

/// Both return nothing if the user does not exist or the database cannot be read.
std::optional<Account> account_named(const char* name);
std::optional<Account> account_of(uid_t user);

}  // namespace palabre
