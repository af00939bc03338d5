#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/database.h"

namespace palabre::store {

/// `PLBR`, in the header of the file: file(1) shows it.
inline constexpr std::int64_t kApplicationId = 0x504c4252;
/// The version of the tables that this program writes. `schema.cc` has their history.
inline constexpr std::int64_t kSchemaVersion = 5;

/// Makes the tables of a new, empty file, in one transaction, synced; there is no write-ahead log
/// yet. `name` is the file's, for error sentences.
Result<void> make_tables(Database& database, const std::string& name);

/// Migrates tables of an older version, in one transaction. Refuses what is not a palabre store, an
/// empty database included, and tables of a newer version.
Result<void> bring_forward(Database& database, const std::string& name);

/// For read-only use: refuses what `bring_forward` refuses, and older versions too.
Result<void> expect_schema(Database& database, const std::string& name);

}  // namespace palabre::store
