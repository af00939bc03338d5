#include "sqlite_disk.h"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "store/files.h"

namespace palabre::sim {
namespace {

constexpr std::size_t kSector = 512;

std::filesystem::path folder_in_memory() {
  std::error_code unknown;
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory, unknown) ? memory
                                                        : std::filesystem::temp_directory_path();
}

void put(std::string& content, sqlite3_int64 at, std::string_view bytes) {
  const auto begin = static_cast<std::size_t>(at);
  if (content.size() < begin + bytes.size()) content.resize(begin + bytes.size());
  std::ranges::copy(bytes, content.begin() + at);
}

std::optional<std::string> content_of(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) return std::nullopt;
  return text_of(path);
}

}  // namespace

SqliteDisk::SqliteDisk(Random random)
    : random_(random), folder_(folder_in_memory()), below_(sqlite3_vfs_find(nullptr)) {
  files_[0].path = store();
  files_[1].path = store::wal_path(store());
  vfs_ = vfs_over<File>(*below_, kName, this);
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  methods_ = methods_below<File>();
  methods_.xWrite = write;
  methods_.xTruncate = truncate;
  methods_.xSync = sync;
  sqlite3_vfs_register(&vfs_, 0);
}

SqliteDisk::~SqliteDisk() { sqlite3_vfs_unregister(&vfs_); }

std::filesystem::path SqliteDisk::index() const { return store::shm_path(store()); }
std::filesystem::path SqliteDisk::wal() const { return store::wal_path(store()); }

std::uintmax_t SqliteDisk::bytes() const {
  std::uintmax_t all = 0;
  for (const Tracked& file : files_) {
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(file.path, unknown);
    if (!unknown) all += bytes;
  }
  return all;
}

void SqliteDisk::plan(Fault what, std::uint64_t count) {
  fault_ = what;
  planned_ = count;
}

void SqliteDisk::end(End how) {
  if (ended_) return;
  ended_ = how;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    left_.at(i) = content_of(files_.at(i).path);
    if (how == End::kPowerCut && left_.at(i)) left_.at(i) = what_is_left(files_.at(i));
  }
  left_[2] = content_of(index());
  if (how == End::kPowerCut && random_.chance(50)) left_[2].reset();
}

std::string SqliteDisk::what_is_left(const Tracked& file) {
  std::string content = file.synced;
  const std::uint64_t percent = random_.pick(std::array<std::uint64_t, 4>{0, 30, 70, 100});
  for (const Change& change : file.changes) {
    if (!random_.chance(percent)) continue;
    if (change.truncates) {
      content.resize(static_cast<std::size_t>(change.at));
      continue;
    }
    std::string_view bytes = change.bytes;
    sqlite3_int64 at = change.at;
    if (bytes.size() > kSector && random_.chance(20)) {
      const std::size_t kept = kSector * random_.below(bytes.size() / kSector);
      if (random_.chance(50)) {
        bytes = bytes.substr(0, kept);
      } else {
        at += static_cast<sqlite3_int64>(kept);
        bytes.remove_prefix(kept);
      }
    }
    put(content, at, bytes);
  }
  return content;
}

void SqliteDisk::restart() {
  if (!ended_) return;
  const std::array<std::filesystem::path, 3> paths{store(), wal(), index()};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(paths.at(i), ignored);
    if (left_.at(i)) std::ofstream(paths.at(i), std::ios::binary) << *left_.at(i);
    if (i == files_.size() || *ended_ == End::kKilled) continue;
    files_.at(i).is_known = left_.at(i).has_value();
    files_.at(i).synced = left_.at(i).value_or("");
    files_.at(i).changes.clear();
  }
  for (auto& left : left_) left.reset();
  ended_.reset();
  planned_ = 0;
}

SqliteDisk::Outcome SqliteDisk::meet(Call call) {
  if (ended_) return Outcome::kDead;
  if (planned_ == 0) return Outcome::kDone;
  const bool is_kind = fault_ == Fault::kWriteFails  ? call == Call::kWrite
                       : fault_ == Fault::kSyncFails ? call == Call::kSync
                                                     : true;
  if (planned_ > 1) --planned_;
  if (planned_ > 1 || !is_kind) return Outcome::kDone;
  planned_ = 0;
  return fault_ == Fault::kKilled || fault_ == Fault::kPowerCut ? Outcome::kDead : Outcome::kFails;
}

SqliteDisk::Tracked* SqliteDisk::find(const char* name) {
  if (name == nullptr) return nullptr;
  const auto found =
      std::ranges::find_if(files_, [&](const Tracked& file) { return file.path.native() == name; });
  return found == files_.end() ? nullptr : &*found;
}

int SqliteDisk::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  auto& self = *static_cast<SqliteDisk*>(vfs->pAppData);
  auto* const mine = reinterpret_cast<File*>(file);
  mine->base.pMethods = nullptr;
  mine->disk = &self;
  mine->tracked = self.find(name);
  if (mine->tracked != nullptr && !mine->tracked->is_known) {
    // A new file, or one that was moved here when it was complete and synced.
    mine->tracked->synced = content_of(mine->tracked->path).value_or("");
    mine->tracked->changes.clear();
    mine->tracked->is_known = true;
  }
  const int code = self.below_->xOpen(self.below_, name, below(file), flags, out);
  if (code == SQLITE_OK) mine->base.pMethods = &self.methods_;
  return code;
}

int SqliteDisk::remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto& self = *static_cast<SqliteDisk*>(vfs->pAppData);
  if (self.ended_) return SQLITE_IOERR_DELETE;
  if (Tracked* const file = self.find(name)) file->is_known = false;
  return self.below_->xDelete(self.below_, name, sync_folder);
}

int SqliteDisk::write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  SqliteDisk& self = of(file);
  Tracked* const known = tracked(file);
  const std::string_view written(static_cast<const char*>(from), static_cast<std::size_t>(bytes));
  sqlite3_int64 size = 0;
  below(file)->pMethods->xFileSize(below(file), &size);
  const bool is_too_much = self.full_ && at + bytes > size;
  Outcome outcome = self.meet(Call::kWrite);
  if (self.ended_) return SQLITE_IOERR_WRITE;
  if (outcome == Outcome::kDone && !is_too_much) {
    if (known != nullptr) known->changes.push_back({at, std::string(written)});
    return below(file)->pMethods->xWrite(below(file), from, bytes, at);
  }
  // A process that dies in a write has done all of it or nothing; a write that fails has done a
  // part, in whole sectors.
  const bool is_whole = outcome == Outcome::kDead && self.random_.chance(50);
  const std::size_t done = is_whole                    ? written.size()
                           : outcome == Outcome::kDead ? 0
                                                       : written.size() / 2 / kSector * kSector;
  const std::string_view part = written.substr(0, done);
  if (known != nullptr) known->changes.push_back({at, std::string(part)});
  below(file)->pMethods->xWrite(below(file), part.data(), static_cast<int>(part.size()), at);
  if (outcome == Outcome::kDead) self.end_as_planned();
  return outcome == Outcome::kDone ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int SqliteDisk::truncate(sqlite3_file* file, sqlite3_int64 size) {
  SqliteDisk& self = of(file);
  if (self.ended_) return SQLITE_IOERR_TRUNCATE;
  if (self.meet(Call::kTruncate) == Outcome::kDead) {
    self.end_as_planned();
    return SQLITE_IOERR_TRUNCATE;
  }
  if (Tracked* const known = tracked(file)) known->changes.push_back({size, {}, true});
  return below(file)->pMethods->xTruncate(below(file), size);
}

int SqliteDisk::sync(sqlite3_file* file, int /*flags*/) {
  SqliteDisk& self = of(file);
  if (self.ended_) return SQLITE_IOERR_FSYNC;
  Tracked* const known = tracked(file);
  switch (self.meet(Call::kSync)) {
    case Outcome::kDead:
      self.end_as_planned();
      return SQLITE_IOERR_FSYNC;
    case Outcome::kFails:
      // The file shows what was written; the disk has it, or has not, and no later sync asks again.
      if (known != nullptr) known->synced = self.what_is_left(*known);
      if (known != nullptr) known->changes.clear();
      return SQLITE_IOERR_FSYNC;
    case Outcome::kDone:
      break;
  }
  if (known != nullptr) confirm(*known);
  return SQLITE_OK;
}

void SqliteDisk::confirm(Tracked& file) {
  for (const Change& change : file.changes) {
    if (change.truncates) {
      file.synced.resize(static_cast<std::size_t>(change.at));
    } else {
      put(file.synced, change.at, change.bytes);
    }
  }
  file.changes.clear();
}

}  // namespace palabre::sim
