#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/database.h"

namespace palabre::store {

/// `PLBR`, in the header of the file: see `file`'s list of magic numbers.
inline constexpr std::int64_t kApplicationId = 0x504c4252;
/// The version of the tables that this program writes. See `schema.cc` for their history.
inline constexpr std::int64_t kSchemaVersion = 3;

/// Makes the tables of a new, empty file, in one transaction; all of it is then synced, in the file
/// alone. `name` is the file's, for the sentence.
Result<void> make_tables(Database& database, const std::string& name);

/// Brings tables of an older version forward, in one transaction. Refuses what is not a store of
/// palabre's, one without tables included, and what a newer palabre has written.
Result<void> bring_forward(Database& database, const std::string& name);

/// For those who only read: refuses what `bring_forward` refuses, and older versions too.
Result<void> expect_schema(Database& database, const std::string& name);

}  // namespace palabre::store
