#include "client/environment.h"

#include <cstdlib>

namespace palabre::client {

std::optional<std::string> path_in_environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  if (value == nullptr || *value != '/') return std::nullopt;
  return value;
}

}  // namespace palabre::client
