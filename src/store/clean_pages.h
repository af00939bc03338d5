#pragma once

#include <memory>

struct sqlite3;

namespace palabre::store {

/// SQLite moves rows between pages, and leaves old copies in the unused middle of pages, also with
/// `secure_delete`. This writes zeros there, in each page of a table that is written into the
/// database's file. (Pages in the write-ahead log have checksums, and stay as they are.)
class CleanPages {
 public:
  /// Takes effect for the main file of the connection, until that is closed. Must outlive it.
  static std::unique_ptr<CleanPages> on(sqlite3* connection);
  ~CleanPages();
  CleanPages(const CleanPages&) = delete;
  CleanPages& operator=(const CleanPages&) = delete;

 private:
  struct Methods;
  explicit CleanPages(std::unique_ptr<Methods> methods);
  std::unique_ptr<Methods> methods_;
};

}  // namespace palabre::store
