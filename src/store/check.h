#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/database.h"

namespace palabre::store {

struct CheckReport {
  std::uint64_t rooms = 0;
  std::uint64_t messages = 0;
  std::uint64_t ids = 0;
  /// What is wrong, a sentence each; of many, the first hundred. Empty: nothing is.
  std::vector<std::string> findings;
};

/// Looks at every page and every row, in one transaction: SQLite's own check, all hashes, that the
/// numbers that are kept are without gaps and below the counters. Writes nothing.
CheckReport check_store(Database& database);

}  // namespace palabre::store
