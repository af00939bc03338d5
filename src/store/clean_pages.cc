#include "store/clean_pages.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace palabre::store {
namespace {

using Page = std::span<const unsigned char>;

constexpr std::size_t kMostPageBytes = 65'536;
// The format of a page, see https://www.sqlite.org/fileformat.html#b_tree_pages
constexpr std::size_t kFileHeader = 100;  // of the first page
constexpr std::size_t kLeafHeader = 8;
constexpr unsigned char kTableLeaf = 0x0d;

/// The unused bytes between the pointers and the contents; empty: it is no leaf of a table. (The
/// first byte of other pages, a part of a page's number, could be the same in a file of 890 GB.)
struct Gap {
  std::size_t begin = 0;
  std::size_t end = 0;
};
Gap gap_of(Page page, bool is_first) {
  const std::size_t at = is_first ? kFileHeader : 0;
  const auto number = [&](std::size_t i) {
    return static_cast<std::size_t>(page[i] << 8 | page[i + 1]);
  };
  if (page.size() < 512 || page[at] != kTableLeaf) return {};
  const std::size_t begin = at + kLeafHeader + 2 * number(at + 3);
  const std::size_t content = number(at + 5);
  const std::size_t end = content == 0 ? kMostPageBytes : content;
  return begin < end && end <= page.size() ? Gap{begin, end} : Gap{};
}

}  // namespace

struct CleanPages::Methods {
  sqlite3_io_methods ours;  // first: SQLite knows this object by its address
  const sqlite3_io_methods* theirs = nullptr;
  std::array<unsigned char, kMostPageBytes> page{};

  static int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
    auto& self = *const_cast<Methods*>(reinterpret_cast<const Methods*>(file->pMethods));
    const Page page(static_cast<const unsigned char*>(from), static_cast<std::size_t>(bytes));
    const Gap gap =
        page.size() <= kMostPageBytes && at % bytes == 0 ? gap_of(page, at == 0) : Gap{};
    const auto unused = page.subspan(gap.begin, gap.end - gap.begin);
    if (std::ranges::all_of(unused, [](unsigned char byte) { return byte == 0; })) {
      return self.theirs->xWrite(file, from, bytes, at);
    }
    std::ranges::copy(page, self.page.begin());
    std::fill_n(self.page.begin() + static_cast<std::ptrdiff_t>(gap.begin), unused.size(), 0);
    return self.theirs->xWrite(file, self.page.data(), bytes, at);
  }
};

CleanPages::CleanPages(std::unique_ptr<Methods> methods) : methods_(std::move(methods)) {}
CleanPages::~CleanPages() = default;

std::unique_ptr<CleanPages> CleanPages::on(sqlite3* connection) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return nullptr;
  }
  auto methods = std::make_unique<Methods>();
  methods->ours = *file->pMethods;
  methods->ours.xWrite = Methods::write;
  methods->theirs = file->pMethods;
  file->pMethods = &methods->ours;
  return std::unique_ptr<CleanPages>(new CleanPages(std::move(methods)));
}

}  // namespace palabre::store
