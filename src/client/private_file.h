#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace palabre::client {

/// A small file of a person's own, open. Closed with its owner.
class PrivateFile {
 public:
  /// No file of ours has more bytes; one that has is not read.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// Opens it as `open(2)` does with `flags`; one that is made has mode 0600. `number()` is
  /// negative where it cannot be, and `errno` says why.
  PrivateFile(const std::filesystem::path& path, int flags);
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  int number() const { return number_; }

  /// All of it, from its beginning. Refuses what is no regular file.
  Result<std::string> read() const;
  /// At its end, all of it or nothing, and synced.
  Result<void> append(std::string_view bytes) const;
  /// Whether anybody but its owner may read or write it.
  bool is_open_to_others() const;

 private:
  std::filesystem::path path_;
  int number_;
};

/// What `errno` says of `path`, in a sentence.
Unexpected<Error> cannot(const char* be_done, const std::filesystem::path& path, int error);

/// A name of a file or a folder that was made is on the disk.
void sync_folder(const std::filesystem::path& folder);

}  // namespace palabre::client
