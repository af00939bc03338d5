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
  /// One sentence for each defect; of many, the first hundred. Empty: the store is sound.
  std::vector<std::string> findings;
};

/// Checks every page and every row, in one transaction: SQLite's own integrity check, all hashes,
/// that the kept numbers have no gaps but those that are on record and are below the counters, that
/// the shares add up. Writes nothing.
CheckReport check_store(Database& database);

}  // namespace palabre::store
