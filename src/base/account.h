#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace palabre {

/// A user of this machine, as its account database has it.
struct Account {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::string home = {};
};

/// Nothing where there is no such user, or the database cannot be asked.
std::optional<Account> account_named(const char* name);
std::optional<Account> account_of(uid_t user);

}  // namespace palabre
