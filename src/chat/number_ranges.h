#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "chat/ids.h"

namespace palabre::chat {

/// Both ends included.
struct NumberRange {
  Number from;
  Number to;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

/// Numbers of messages of one room, as ranges in order, with a gap between any two. Bounded: at
/// most `kMost` ranges. With one more, all become one range, which contains other numbers too.
class NumberRanges {
 public:
  static constexpr std::size_t kMost = 256;

  NumberRanges() = default;
  explicit NumberRanges(const std::vector<Number>& numbers);

  /// Ignores a range that ends before it begins.
  void add(NumberRange range);
  void add(const NumberRanges& other);
  /// From now on the numbers count as a superset of those that were meant.
  void make_inexact();

  bool is_empty() const { return ranges_.empty(); }
  /// False: there is one range at most, and not every number in it is meant.
  bool is_exact() const { return is_exact_; }
  bool contains(Number number) const;
  const std::vector<NumberRange>& ranges() const { return ranges_; }
  /// How many numbers are in the ranges; the largest value if there are more.
  std::uint64_t count() const;

  friend bool operator==(const NumberRanges&, const NumberRanges&) = default;

 private:
  std::vector<NumberRange> ranges_;
  bool is_exact_ = true;
};

}  // namespace palabre::chat
