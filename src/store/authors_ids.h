#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace palabre::store {

/// The ids of one author, as a walk through the table `posted` meets them: finds the time before
/// which they are to go, if there are too many. The walk then passes through the author's ids once
/// more.
class AuthorsIds {
 public:
  const std::string& author() const { return author_; }
  void begin(std::string_view author) {
    author_ = author;
    newest_.clear();
    is_over_ = false;
    drop_before_.reset();
  }
  /// The walk has come to an id. `most`: this many are to be left.
  void add(std::int64_t kept_at, std::size_t most) {
    if (drop_before_ || most == 0) return;
    newest_.push_back(kept_at);
    std::ranges::push_heap(newest_, std::greater<>());
    if (newest_.size() <= most) return;
    std::ranges::pop_heap(newest_, std::greater<>());
    newest_.pop_back();
    is_over_ = true;
  }
  /// Whether the walk must return to the first id of this author.
  bool is_to_return() const { return is_over_ && !drop_before_; }
  void return_to_first() { drop_before_ = newest_.front(); }
  bool drops(std::int64_t kept_at) const { return drop_before_ && kept_at < *drop_before_; }

 private:
  std::string author_;
  std::vector<std::int64_t> newest_;  // a heap, the oldest of them first
  bool is_over_ = false;
  std::optional<std::int64_t> drop_before_;
};

}  // namespace palabre::store
