#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include "drivers/vfs_below.h"

namespace palabre::store {

/// A SQLite VFS that fails on demand: passes calls to the system's VFS, and counts them. One
/// process at a time; registered while it lives.
class FailingVfs {
 public:
  enum class Call { kWrite, kSync, kTruncate, kOpen, kShm };

  FailingVfs() : below_(sqlite3_vfs_find(nullptr)) {
    vfs_ = vfs_over<File>(*below_, kName, this);
    vfs_.xOpen = open;
    methods_ = methods_below<File>();
    methods_.xWrite = write;
    methods_.xTruncate = truncate;
    methods_.xSync = sync;
    methods_.xShmMap = shm_map;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~FailingVfs() { sqlite3_vfs_unregister(&vfs_); }
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  static constexpr const char* kName = "failing";

  /// The `count`th such call from now on fails with `code`, and so do the `then` calls after it.
  void fail(Call call, std::int64_t count, int code, std::int64_t then = 0) {
    code_ = code;
    after_write_ = false;
    call_ = call;
    last_ = count + then;
    seen_ = 0;
    first_ = count;
  }
  /// The `count`th write is done, but reports failure.
  void fail_after_write(std::int64_t count) {
    fail(Call::kWrite, count, SQLITE_IOERR_WRITE);
    after_write_ = true;
  }
  void work() { first_ = kNever; }
  std::int64_t syncs() const { return syncs_; }
  bool has_failed() const { return seen_ >= first_; }

  /// After `bytes` more bytes, over all files together, no file can grow.
  void set_room(std::int64_t bytes) { room_ = bytes; }

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  struct File {
    sqlite3_file base;
    FailingVfs* vfs;
  };

  static FailingVfs& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->vfs; }
  static sqlite3_file* below(sqlite3_file* file) { return file_below<File>(file); }

  bool fails(Call call) {
    if (first_ == kNever || call != call_) return false;
    const std::int64_t seen = ++seen_;
    return seen >= first_ && seen <= last_;
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    auto& self = *static_cast<FailingVfs*>(vfs->pAppData);
    auto* const mine = reinterpret_cast<File*>(file);
    mine->base.pMethods = nullptr;
    mine->vfs = &self;
    if (self.fails(Call::kOpen)) return SQLITE_CANTOPEN;
    const int code = self.below_->xOpen(self.below_, name, below(file), flags, out);
    if (code == SQLITE_OK) mine->base.pMethods = &self.methods_;
    return code;
  }
  static int write(sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
    FailingVfs& self = of(f);
    const bool fails = self.fails(Call::kWrite);
    if (fails && !self.after_write_) {
      // Half of the write reaches the file.
      below(f)->pMethods->xWrite(below(f), from, bytes / 2, at);
      return self.code_;
    }
    sqlite3_int64 size = 0;
    below(f)->pMethods->xFileSize(below(f), &size);
    const std::int64_t growth = at + bytes - size;
    if (growth > 0 && self.room_ < growth) {
      const std::int64_t fit = bytes - growth + self.room_;
      if (fit > 0) below(f)->pMethods->xWrite(below(f), from, static_cast<int>(fit), at);
      self.room_ = 0;
      return SQLITE_FULL;
    }
    if (growth > 0 && self.room_ != kNever) self.room_ -= growth;
    const int code = below(f)->pMethods->xWrite(below(f), from, bytes, at);
    return fails ? self.code_.load() : code;
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    if (of(f).fails(Call::kTruncate)) return of(f).code_;
    return below(f)->pMethods->xTruncate(below(f), size);
  }
  static int sync(sqlite3_file* f, int flags) {
    ++of(f).syncs_;
    if (of(f).fails(Call::kSync)) return of(f).code_;
    return below(f)->pMethods->xSync(below(f), flags);
  }
  static int shm_map(sqlite3_file* f, int page, int bytes, int extend, void volatile** at) {
    if (extend != 0 && of(f).fails(Call::kShm)) return of(f).code_;
    return below(f)->pMethods->xShmMap(below(f), page, bytes, extend, at);
  }

  sqlite3_vfs* below_;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};
  std::atomic<Call> call_{Call::kWrite};
  std::atomic<int> code_{0};
  std::atomic<bool> after_write_{false};
  std::atomic<std::int64_t> first_{kNever};
  std::atomic<std::int64_t> last_{0};
  std::atomic<std::int64_t> seen_{0};
  std::atomic<std::int64_t> room_{kNever};
  std::atomic<std::int64_t> syncs_{0};
};

}  // namespace palabre::store
