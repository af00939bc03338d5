#include "chat/number_ranges.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace palabre::chat {
namespace {

/// Whether the numbers of `b` come after those of `a`, and not at once.
bool is_apart(const NumberRange& a, const NumberRange& b) {
  return a.to < b.from && b.from.value - a.to.value > 1;
}

}  // namespace

NumberRanges::NumberRanges(const std::vector<Number>& numbers) {
  for (const Number number : numbers) add({number, number});
}

void NumberRanges::add(NumberRange range) {
  if (range.to < range.from) return;
  const auto first = std::partition_point(
      ranges_.begin(), ranges_.end(), [&](const NumberRange& one) { return is_apart(one, range); });
  const auto end = std::partition_point(
      first, ranges_.end(), [&](const NumberRange& one) { return !is_apart(range, one); });
  if (first != end) {
    range.from = std::min(range.from, first->from);
    range.to = std::max(range.to, std::prev(end)->to);
  }
  ranges_.insert(ranges_.erase(first, end), range);
  if (!is_exact_ || ranges_.size() > kMost) make_inexact();
}

void NumberRanges::add(const NumberRanges& other) {
  for (const NumberRange& range : other.ranges_) add(range);
  if (!other.is_exact_) make_inexact();
}

void NumberRanges::make_inexact() {
  is_exact_ = false;
  if (ranges_.size() > 1) ranges_ = {{ranges_.front().from, ranges_.back().to}};
}

bool NumberRanges::contains(Number number) const {
  const auto first = std::partition_point(ranges_.begin(), ranges_.end(),
                                          [&](const NumberRange& one) { return one.to < number; });
  return first != ranges_.end() && first->from <= number;
}

std::uint64_t NumberRanges::count() const {
  constexpr std::uint64_t kMostCount = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t count = 0;
  for (const auto& [from, to] : ranges_) {
    const std::uint64_t after_first = to.value - from.value;
    if (after_first >= kMostCount - count) return kMostCount;
    count += after_first + 1;
  }
  return count;
}

}  // namespace palabre::chat
