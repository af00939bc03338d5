#include "store/wal_file.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "base/fail.h"
#include "store/files.h"

// The formats: https://sqlite.org/walformat.html, and section 4 of
// https://sqlite.org/fileformat2.html.

namespace palabre::store {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::uint32_t kMagic = 0x377f0682;  // its lowest bit: checksums are over big-endian words
constexpr std::uint32_t kVersion = 3007000;
constexpr std::uint32_t kMostPageBytes = 65536;

using Bytes = std::span<const unsigned char>;
using Salt = std::array<unsigned char, 8>;

struct Sum {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  friend bool operator==(const Sum&, const Sum&) = default;
};

std::uint32_t word(Bytes bytes, std::size_t at, bool big_endian = true) {
  const std::uint32_t a = bytes[at];
  const std::uint32_t b = bytes[at + 1];
  const std::uint32_t c = bytes[at + 2];
  const std::uint32_t d = bytes[at + 3];
  return big_endian ? a << 24 | b << 16 | c << 8 | d : d << 24 | c << 16 | b << 8 | a;
}

Sum sum_at(Bytes bytes, std::size_t at) { return {word(bytes, at), word(bytes, at + 4)}; }

void add(Sum& sum, Bytes bytes, bool big_endian) {
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    sum.first += word(bytes, at, big_endian) + sum.second;
    sum.second += word(bytes, at + 4, big_endian) + sum.first;
  }
}

/// The header of a log.
struct WalHeader {
  bool big_endian = false;
  std::size_t page_bytes = 0;
  Salt salt{};
  Sum sum;
};

std::optional<WalHeader> wal_header(Bytes bytes) {
  if ((word(bytes, 0) & ~1U) != kMagic || word(bytes, 4) != kVersion) return std::nullopt;
  WalHeader header;
  header.big_endian = (word(bytes, 0) & 1U) != 0;
  header.page_bytes = word(bytes, 8);
  if (header.page_bytes < 512 || header.page_bytes > kMostPageBytes) return std::nullopt;
  std::ranges::copy(bytes.subspan(16, 8), header.salt.begin());
  add(header.sum, bytes.first(24), header.big_endian);
  if (header.sum != sum_at(bytes, 24)) return std::nullopt;
  return header;
}

/// The commits, as the index records them.
struct Committed {
  Salt salt{};
  std::uint32_t frames = 0;
  std::uint32_t copied = 0;  ///< of these, in the store's file, and synced
};

constexpr std::size_t kIndexHeaderBytes = 48;
constexpr std::size_t kIndexBytes = 2 * kIndexHeaderBytes + 4;

std::optional<Committed> index_header(Bytes bytes) {
  // In this machine's byte order: the index is written on the machine that reads it.
  const auto native = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes[at], sizeof value);
    return value;
  };
  Sum sum;
  for (std::size_t at = 0; at < 40; at += 8) {
    sum.first += native(at) + sum.second;
    sum.second += native(at + 4) + sum.first;
  }
  if (native(0) != kVersion || bytes[12] == 0 || sum != Sum{native(40), native(44)}) {
    return std::nullopt;
  }
  Committed committed;
  committed.frames = native(16);
  std::ranges::copy(bytes.subspan(32, 8), committed.salt.begin());
  return committed;
}

/// Empty if there is no valid index: after a power cut it may contain anything.
std::optional<Committed> read_index(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, kIndexBytes> bytes{};
  if (!file.read(reinterpret_cast<char*>(bytes.data()), bytes.size())) return std::nullopt;
  // The header exists twice. A commit writes the second copy first; a server killed in between has
  // acknowledged only what the first copy says.
  auto committed = index_header(Bytes(bytes).first(kIndexHeaderBytes));
  if (!committed) {
    committed = index_header(Bytes(bytes).subspan(kIndexHeaderBytes, kIndexHeaderBytes));
  }
  if (committed) std::memcpy(&committed->copied, &bytes[2 * kIndexHeaderBytes], 4);
  return committed;
}

/// The number of valid frames at the start of the log, up to `most`.
std::uint32_t count_frames(std::istream& file, const WalHeader& header, std::uint32_t most) {
  std::vector<unsigned char> frame(kFrameHeaderBytes + header.page_bytes);
  Sum sum = header.sum;
  for (std::uint32_t frames = 0; frames < most; ++frames) {
    if (!file.read(reinterpret_cast<char*>(frame.data()),
                   static_cast<std::streamsize>(frame.size()))) {
      return frames;
    }
    const Bytes bytes(frame);
    add(sum, bytes.first(8), header.big_endian);
    add(sum, bytes.subspan(kFrameHeaderBytes), header.big_endian);
    if (!std::ranges::equal(bytes.subspan(8, 8), header.salt) || sum != sum_at(bytes, 16)) {
      return frames;
    }
  }
  return most;
}

/// The advice includes the index: without its log it would report the same damage again.
Unexpected<Error> damaged(const std::filesystem::path& store, const std::string& how) {
  return fail(EX_DATAERR,
              "{} is damaged: {}; keep a copy of the folder, then restore a backup, or remove it "
              "and {} to go on without the latest messages",
              wal_path(store).string(), how, shm_path(store).string());
}

/// 0 if there is no file; empty if the size is unknown, which the caller that opens the file
/// reports.
std::optional<std::uintmax_t> bytes_of(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (!error) return bytes;
  if (error == std::errc::no_such_file_or_directory) return 0;
  return std::nullopt;
}

/// Refuses remains of a store that SQLite would silently replace by a new one.
Result<void> expect_no_remains(const std::filesystem::path& store) {
  if (bytes_of(store) != 0) return {};
  std::error_code unknown;
  const bool is_there = std::filesystem::exists(store, unknown);
  const std::filesystem::path wal = wal_path(store);
  const bool has_wal = bytes_of(wal).value_or(0) > 0;
  if (!is_there && !has_wal) return {};
  std::string how =
      store.string() + (is_there ? " is empty, and a server never leaves it empty" : " is gone");
  if (has_wal) how += ", and " + wal.string() + " has only the latest messages";
  const std::string remains = !has_wal ? "this file" : is_there ? "both files" : "that file";
  return fail(EX_DATAERR,
              "{}; keep a copy of the folder, then restore a backup, or remove {} to begin anew",
              how, remains);
}

}  // namespace

Result<void> examine_wal(const std::filesystem::path& store) {
  TRY(expect_no_remains(store));
  if (bytes_of(store) == 0) return {};  // no store yet: an index would belong to a removed one
  const std::filesystem::path path = wal_path(store);
  const auto committed = read_index(shm_path(store));
  std::ifstream file(path, std::ios::binary);
  std::array<unsigned char, kHeaderBytes> bytes{};
  const bool has_header = static_cast<bool>(
      file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())));
  if (!has_header) {
    // A checkpoint has truncated it after copying everything, or else somebody else has.
    if (!committed || committed->copied >= committed->frames) return {};
    return damaged(store, "the latest commits are not in it any more");
  }
  const auto header = wal_header(bytes);
  if (!header) {
    // Before its first commit is synced, the header may consist of zeros.
    const bool is_blank = std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; });
    if (is_blank && (!committed || committed->frames == 0)) return {};
    return damaged(store, "its header is unreadable");
  }
  // A log with another salt is newer than the index, which a power cut has left behind.
  if (!committed || committed->salt != header->salt) return {};
  const std::uint32_t whole = count_frames(file, *header, committed->frames);
  if (whole == committed->frames) return {};
  return damaged(store, std::to_string(committed->frames) +
                            " pages were committed to it, and only " + "the first " +
                            std::to_string(whole) + " can be read");
}

}  // namespace palabre::store
