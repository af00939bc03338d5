#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace palabre::client {

/// For `cannot`.
inline constexpr std::string_view kAdvice = "; check the folder and its owner.";

/// A small open file of the user's own. Closed by the destructor.
class PrivateFile {
 public:
  /// A larger file is not read.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// Opens as `open_private` does. If that fails, `number()` is negative and `errno` says why.
  PrivateFile(const std::filesystem::path& path, int flags);

  int number() const { return file_.number(); }

  /// The whole file. An error if it is not a regular file, or larger than `kMostBytes`.
  Result<std::string> read() const;
  /// Appends all of `bytes` and syncs. On an error the file is truncated to its former length; if
  /// that fails too, the error says that the file is damaged.
  Result<void> append(std::string_view bytes) const;
  /// Whether anybody but its owner has any permission on it.
  bool is_open_to_others() const;
  bool is_writable_by_others() const;

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace palabre::client
