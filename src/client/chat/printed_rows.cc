#include "client/chat/printed_rows.h"

#include <algorithm>
#include <utility>

namespace palabre::client {
namespace {

std::size_t count(const std::string& rows) {
  return 1 + static_cast<std::size_t>(std::count(rows.begin(), rows.end(), '\n'));
}

}  // namespace

void PrintedRows::add(std::uint64_t id, std::string rows) {
  const std::size_t more = count(rows);
  rows_ += more;
  visible_ += more;
  items_.push_back({id, std::move(rows)});
  while (rows_ > kMostRows) {
    rows_ -= count(items_.front().rows);
    items_.pop_front();
  }
}

void PrintedRows::draw_bottom(std::size_t rows, std::size_t rows_of_screen) {
  visible_ = std::min(visible_, rows_of_screen - std::min(rows_of_screen, rows));
}

void PrintedRows::forget() {
  items_.clear();
  rows_ = 0;
  visible_ = 0;
}

std::optional<PrintedRows::Redraw> PrintedRows::replace(std::uint64_t id, std::string rows) {
  if (id == 0) return std::nullopt;
  Redraw redraw;
  for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
    redraw.up += count(item->rows);
    if (redraw.up > visible_) return std::nullopt;
    if (item->id != id) continue;
    const std::size_t before = count(item->rows);
    item->rows = std::move(rows);
    const std::size_t after = count(item->rows);
    rows_ = rows_ - before + after;
    visible_ = visible_ - before + after;
    for (auto one = std::prev(item.base()); one != items_.end(); ++one) {
      redraw.rows += one->rows + "\n";
    }
    return redraw;
  }
  return std::nullopt;
}

}  // namespace palabre::client
