#include "client/environment.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/account.h"

namespace palabre::client {
namespace {

const char* variable(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
}

}  // namespace

std::optional<std::string> path_in_environment(const char* name) {
  const char* const value = variable(name);
  if (value == nullptr || *value != '/') return std::nullopt;
  return value;
}

std::optional<std::string> home_folder() {
  if (auto home = path_in_environment("HOME")) return home;
  const auto account = account_of(::geteuid());
  if (!account || !account->home.starts_with('/')) return std::nullopt;
  return account->home;
}

std::string account_name() {
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* const value = variable(name); value != nullptr && *value != '\0') return value;
  }
  const auto account = account_of(::geteuid());
  return account ? account->name : "";
}

std::string machine_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace palabre::client
