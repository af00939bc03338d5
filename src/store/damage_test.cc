#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "drivers/store_driver.h"
#include "store/log_file.h"
#include "store/sqlite_history.h"

// Stores after a kill, and with damaged bytes.

namespace palabre::store {
namespace {

using Random = std::mt19937_64;

/// `usual`, unless PALABRE_TRIES says otherwise.
int tries(int usual) {
  const char* const said = std::getenv("PALABRE_TRIES");
  return said == nullptr ? usual : std::atoi(said);
}

/// A server in its own process. It writes `ID NUMBER` for each message that is acknowledged; ids
/// count up from `from`. It ends by being killed.
class KilledServer {
 public:
  KilledServer(const std::filesystem::path& path, int from) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      talk(path, from, ends[1]);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }

  /// Kills the server at a random moment after it has acknowledged this many.
  std::string kill_after(int acknowledged, Random& random) {
    std::string said;
    int lines = 0;
    while (lines < acknowledged) {
      char byte = 0;
      if (::read(from_, &byte, 1) != 1) break;
      said += byte;
      if (byte == '\n') ++lines;
    }
    ::usleep(static_cast<useconds_t>(random() % 3000));
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    char rest[4096];
    for (ssize_t got = 0; (got = ::read(from_, rest, sizeof rest)) > 0;) {
      said.append(rest, static_cast<std::size_t>(got));
    }
    ::close(from_);
    return said;
  }

 private:
  [[noreturn]] static void talk(const std::filesystem::path& path, int from, int to) {
    StoreTestDriver server(path);
    server.options.sizes.wal_pages = 50;
    if (const auto refusal = server.start()) {
      const std::string line = "refused: " + *refusal + "\n";
      [[maybe_unused]] const auto written = ::write(to, line.data(), line.size());
      ::_exit(1);
    }
    const auto room = server.open("lobby");
    for (int next = from;; next += 4) {
      for (int id = next; id < next + 4; ++id) {
        server.history->append(
            server.draft(room, "text of " + std::to_string(id), "ci", std::to_string(id)));
      }
      std::string lines;
      for (const auto& verdict : server.events(4)) {
        const auto& kept = StoreTestDriver::kept(verdict);
        lines += kept.draft.id->text + " " + std::to_string(kept.number.value) + "\n";
      }
      if (::write(to, lines.data(), lines.size()) < 0) ::_exit(1);
    }
  }

  pid_t pid_ = -1;
  int from_ = -1;
};

TEST(KilledServerTest, WhatWasAcknowledgedIsThereOnceAfterEachOfManyKills) {
  const TestFolder folder;
  Random random(7);
  std::map<std::string, std::uint64_t> acknowledged;
  for (int round = 0; round < tries(20); ++round) {
    KilledServer server(folder.store(), round * 100'000);
    std::istringstream said(server.kill_after(static_cast<int>(random() % 200), random));
    std::string id;
    std::uint64_t number = 0;
    while (said >> id >> number) acknowledged[id] = number;

    StoreTestDriver next(folder.store());
    const auto refusal = next.start();
    ASSERT_FALSE(refusal) << *refusal;
    std::set<std::string> all;
    std::set<std::string> texts;
    std::istringstream entries(next.all_of("lobby"));
    for (std::string entry; std::getline(entries, entry, '|');) {
      ASSERT_TRUE(texts.insert(entry.substr(entry.find(' '))).second) << entry << " is there twice";
      all.insert(entry);
    }
    for (const auto& [which, where] : acknowledged) {
      const std::string entry = std::to_string(where) + " text of " + which;
      ASSERT_TRUE(all.contains(entry)) << entry << " is not there";
    }
    ASSERT_EQ(texts.size(), next.cursor.number.value);
  }
  EXPECT_GT(acknowledged.size(), 100U);
}

class DamageTest : public testing::Test {
 protected:
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }

  /// The files of a killed server: most messages in the store, the rest in the write-ahead log.
  void SetUp() override {
    const TestFolder folder;
    KilledServer first(folder.store(), 0);
    first.kill_after(600, random);
    KilledServer second(folder.store(), 100'000);
    std::istringstream said(second.kill_after(300, random));
    for (std::string id; said >> id >> acknowledged;) continue;
    for (const auto& [path, kept] : {std::pair{folder.store(), &store},
                                     {wal_path(folder.store()), &wal},
                                     {shm_path(folder.store()), &shm}}) {
      *kept = read(path);
      ASSERT_FALSE(kept->empty()) << path;
    }
    whole = look(store, wal);
    ASSERT_NE(whole.find("text of 100000"), std::string::npos) << whole.substr(0, 200);
    ASSERT_EQ(whole.find("damaged"), std::string::npos);
  }

  /// The log of the room in order, or the refusal or finding in its place.
  std::string look(const std::string& store_bytes, const std::string& wal_bytes) {
    const TestFolder folder;
    write(folder.store(), store_bytes);
    write(wal_path(folder.store()), wal_bytes);
    write(shm_path(folder.store()), shm);
    StoreTestDriver server(folder.store());
    if (const auto refusal = server.start()) return "refused: " + *refusal;
    std::string said = server.all_of("lobby");
    if (server.history->failure()) return "refused: " + server.history->failure()->sentence;
    auto file = LogFile::open(folder.store());
    if (!file) return "refused: " + file.error().sentence;
    const auto report = file->check();
    if (!report.findings.empty()) said += "|reported: " + report.findings.front();
    return said;
  }

  /// Every message shown is genuine, and every missing one is reported.
  void expect_no_lie(const std::string& found, const std::string& what) {
    // Losing messages after the last acknowledgement breaks no promise.
    const bool is_beginning = ("|" + whole + "|").starts_with("|" + found + "|");
    const std::string last = found.substr(found.rfind('|') + 1);
    if (is_beginning && std::strtoull(last.c_str(), nullptr, 10) >= acknowledged) {
      ++harmless;
      return;
    }
    if (found.starts_with("refused: ")) {
      ++refused;
      return;
    }
    ++reported;
    const bool is_named = found.find("damaged") != std::string::npos ||
                          found.find("unread") != std::string::npos ||
                          found.find("reported: ") != std::string::npos;
    ASSERT_TRUE(is_named) << what << ": " << found.size() << " instead of " << whole.size();
    std::istringstream entries(found.substr(0, found.find("|reported: ")));
    const std::string all = "|" + whole + "|";
    for (std::string entry; std::getline(entries, entry, '|');) {
      if (entry.find(" text of ") == std::string::npos) continue;
      ASSERT_NE(all.find("|" + entry + "|"), std::string::npos) << what << " shows " << entry;
    }
  }

  Random random{11};
  std::string store;
  std::string wal;
  std::string shm;
  std::string whole;
  std::uint64_t acknowledged = 0;
  int harmless = 0;
  int refused = 0;
  int reported = 0;
};

TEST_F(DamageTest, AFlippedBitIsRefusedOrNamedOrHarmless) {
  for (int i = 0; i < tries(300) && !HasFatalFailure(); ++i) {
    std::string damaged_store = store;
    std::string damaged_wal = wal;
    std::string& bytes = i % 2 == 0 ? damaged_store : damaged_wal;
    const std::size_t bit = random() % (bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    expect_no_lie(look(damaged_store, damaged_wal),
                  std::string(i % 2 == 0 ? "store" : "wal") + " bit " + std::to_string(bit));
  }
  RecordProperty("outcomes", std::to_string(refused) + " refused, " + std::to_string(reported) +
                                 " named, " + std::to_string(harmless) + " harmless");
  EXPECT_GT(refused, 0);
  EXPECT_GT(reported, 0);
}

TEST_F(DamageTest, ACutOffFileIsRefusedOrNamedOrHarmless) {
  for (int i = 0; i < tries(300) / 5 && !HasFatalFailure(); ++i) {
    const bool is_store = i % 2 == 0;
    const std::size_t size = random() % (is_store ? store : wal).size();
    expect_no_lie(is_store ? look(store.substr(0, size), wal) : look(store, wal.substr(0, size)),
                  std::string(is_store ? "store" : "wal") + " of " + std::to_string(size));
  }
  RecordProperty("outcomes", std::to_string(refused) + " refused, " + std::to_string(reported) +
                                 " named, " + std::to_string(harmless) + " harmless");
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace palabre::store
