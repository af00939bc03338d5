#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace palabre::client {

/// For `cannot`.
inline constexpr std::string_view kAdvice = "; look at the folder and at whose it is.";

/// A small file of a person's own, open. Closed with its owner.
class PrivateFile {
 public:
  /// No file of ours has more bytes; one that has is not read.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// As `open_private`: `number()` is negative where it cannot be opened, and `errno` says why.
  PrivateFile(const std::filesystem::path& path, int flags);

  int number() const { return file_.number(); }

  /// All of it, from its beginning. Refuses what is no regular file.
  Result<std::string> read() const;
  /// At its end, all of it or nothing, and synced.
  Result<void> append(std::string_view bytes) const;
  /// Whether anybody but its owner may read or write it.
  bool is_open_to_others() const;
  bool is_writable_by_others() const;

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace palabre::client
