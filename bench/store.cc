#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <semaphore>
#include <span>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "fanout_machine.h"
#include "server/doors/plain/feed.h"
#include "store/sqlite_history.h"

// The cost of durability, compared with the disk itself. See bench/README.md.

namespace palabre::bench {
namespace {

using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Options {
  std::string folder = std::filesystem::temp_directory_path().string();
  std::vector<std::size_t> authors{1, 10, 100, 1000};
  std::uint64_t replayed = 1'000'000;
  double seconds = 2;
  std::size_t rounds = 5;
  bool quick = false;
  std::string output;
  std::string commit;
};

/// A temporary folder on the disk that is measured.
class Folder {
 public:
  explicit Folder(const std::string& parent) {
    std::string name = parent + "/palabre-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(parent + " cannot be used");
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Figures {
  double per_second = 0;
  double p50 = 0;  ///< microseconds
  double p99 = 0;
};

Figures figures_of(std::vector<double>& latencies, double seconds) {
  std::ranges::sort(latencies);
  const auto at = [&](double part) {
    return latencies.at(static_cast<std::size_t>(part * static_cast<double>(latencies.size() - 1)));
  };
  return {static_cast<double>(latencies.size()) / seconds, at(0.5), at(0.99)};
}

double microseconds(steady_clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

/// Appends of 4 KiB, each synced before the next: the disk's own rate.
Figures bare_sync(const Folder& folder, double seconds) {
  const auto path = folder.path() / "bare";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error(path.string() + " cannot be made");
  const std::string page(4096, 'x');
  std::vector<double> latencies;
  const auto begin = steady_clock::now();
  auto now = begin;
  while (Seconds(now - begin).count() < seconds) {
    if (::write(file, page.data(), page.size()) != 4096 || ::fdatasync(file) != 0) {
      throw std::runtime_error(path.string() + " cannot be written");
    }
    const auto then = steady_clock::now();
    latencies.push_back(microseconds(then - now));
    now = then;
  }
  ::close(file);
  std::filesystem::remove(path);
  return figures_of(latencies, Seconds(now - begin).count());
}

/// A history and its hub: authors who each wait for the answer before they post again.
class Hub {
 public:
  Hub(const std::filesystem::path& path, std::size_t group_drafts) {
    store::Options options;
    options.path = path;
    options.sizes.group_drafts = group_drafts;
    std::mt19937_64 random{std::random_device{}()};
    const auto wall = [] {
      return std::chrono::duration_cast<std::chrono::microseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
          .count();
    };
    auto opened =
        store::SqliteHistory::open(options, {[this] { woken_.release(); }, random, wall, ""});
    if (!opened) throw std::runtime_error(opened.error().sentence);
    history_ = std::move(*opened);
    cursor_ = history_->open(kRoom, {"lobby"});
  }

  Figures talk(std::size_t authors, bool with_ids, double seconds) {
    std::vector<steady_clock::time_point> posted_at(authors);
    std::vector<double> latencies;
    latencies.reserve(1'000'000);
    const auto begin = steady_clock::now();
    for (std::size_t author = 0; author < authors; ++author) post(author, with_ids, posted_at);
    auto now = begin;
    std::size_t waiting = authors;
    while (waiting > 0) {
      woken_.acquire();
      const auto events = history_->take_events();
      now = steady_clock::now();
      const bool goes_on = Seconds(now - begin).count() < seconds;
      for (const chat::LogEvent& event : events) {
        const auto* const kept = std::get_if<chat::Advanced>(&event);
        if (kept == nullptr) throw std::runtime_error("not kept");
        const auto author = kept->draft->session.value;
        latencies.push_back(microseconds(now - posted_at[author]));
        --waiting;
        if (!goes_on) continue;
        ++waiting;
        post(author, with_ids, posted_at);
      }
    }
    return figures_of(latencies, Seconds(now - begin).count());
  }

  /// Fills the room with `messages` messages, as fast as it can.
  void fill(std::uint64_t messages) {
    std::uint64_t appended = 0;
    std::uint64_t answered = 0;
    std::vector<steady_clock::time_point> unused(1000);
    while (answered < messages) {
      while (appended < messages && appended - answered < 20'000) {
        post(appended++ % 1000, false, unused);
      }
      woken_.acquire();
      answered += history_->take_events().size();
    }
  }

  /// Reads the whole log; returns messages per second.
  double replay(std::uint64_t& messages) {
    const chat::RoomId again{2};
    history_->close(kRoom);
    const chat::Cursor end = history_->open(again, {"lobby"});
    const auto begin = steady_clock::now();
    messages = 0;
    chat::Number after;
    while (after < end.number) {
      history_->read({{}, again, after, 256 << 10});
      std::vector<chat::Slice> slices;
      while (slices.empty()) {
        woken_.acquire();
        slices = history_->take_slices();
      }
      for (const auto& entry : slices.front().entries) {
        messages += std::holds_alternative<chat::PastMessage>(entry) ? 1 : 0;
      }
      after = slices.front().up_to;
    }
    return static_cast<double>(messages) / Seconds(steady_clock::now() - begin).count();
  }

 private:
  static constexpr chat::RoomId kRoom{1};

  void post(std::size_t author, bool with_ids, std::vector<steady_clock::time_point>& posted_at) {
    chat::Draft draft;
    draft.room = kRoom;
    draft.session = {author};
    draft.message = std::make_shared<const chat::Message>(
        chat::Message{chat::Kind::kText, fmt::format("author{}*", author), std::string(100, 'x')});
    draft.author = fmt::format("[10.0.0.1:{}]", author);
    if (with_ids) draft.id = chat::MessageId{fmt::format("{:012}", next_id_++)};
    posted_at[author] = steady_clock::now();
    history_->append(std::move(draft));
  }

  std::counting_semaphore<> woken_{0};
  std::unique_ptr<store::SqliteHistory> history_;
  chat::Cursor cursor_;
  std::uint64_t next_id_ = 0;
};

/// A socket that accepts every datagram at no cost.
class FreeSocket final : public link::DatagramSocket {
 public:
  std::span<const link::Inbound> receive() override { return {}; }
  std::size_t send(std::span<const link::Outbound> datagrams) override {
    for (const link::Outbound& datagram : datagrams) {
      for (const iovec& part : datagram.parts) bytes_ += part.iov_len;
    }
    return datagrams.size();
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

/// Messages per second to a reader who reads the whole tail again and again: looked up, cut into
/// datagrams, given to a socket. The clock is advanced over the pauses between bursts.
double replay_tail(std::uint64_t messages) {
  server::Feed::Sizes sizes;
  sizes.rest_bytes = sizes.tail_bytes;
  server::Feed feed({0}, sizes);
  const chat::SessionId reader{1};
  feed.add_reader(reader, {}, true);
  const std::string line = "author1> " + std::string(100, 'x') + "\n";
  FreeSocket socket;
  Instant now{};
  const std::size_t in_tail = sizes.tail_bytes / line.size();
  const chat::Message message{chat::Kind::kText, "author1", std::string(100, 'x')};
  for (std::size_t i = 0; i < in_tail; ++i) {
    feed.push({{1}, {i + 1}, {2}, std::make_shared<const chat::Message>(message)});
  }
  feed.deliver(socket, now);
  const std::uint64_t before = socket.bytes();
  const auto begin = steady_clock::now();
  for (std::uint64_t replayed = 0; replayed < messages; replayed += in_tail) {
    feed.reread(reader, {.what = chat::ReadPast::From{{1}}});
    do {
      now += sizes.past_pause;
      feed.deliver(socket, now);
    } while (feed.next_burst());
    if (feed.next_read()) throw std::runtime_error("the tail does not hold what it should");
  }
  const double took = Seconds(steady_clock::now() - begin).count();
  const auto sent = static_cast<double>(socket.bytes() - before);
  return sent / static_cast<double>(line.size() + 5) / took;  // a number has up to 6 bytes
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

struct Row {
  std::string name;
  std::vector<Figures> rounds;

  Figures figures() const {
    std::vector<double> rates;
    std::vector<double> p50;
    std::vector<double> p99;
    for (const Figures& round : rounds) {
      rates.push_back(round.per_second);
      p50.push_back(round.p50);
      p99.push_back(round.p99);
    }
    return {median(rates), median(p50), median(p99)};
  }
};

/// The median of the ratios of each round: a disk has good and bad moments.
double ratio(const Row& above, const Row& below) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < above.rounds.size(); ++i) {
    ratios.push_back(above.rounds[i].per_second / below.rounds[i].per_second);
  }
  return median(ratios);
}

std::string table(const std::vector<Row>& rows) {
  std::string text =
      "| what | kept/s | x one a transaction | x bare sync | p50 us | p99 us | added p50 us |\n"
      "|:-----|-------:|--------------------:|------------:|-------:|-------:|-------------:|\n";
  const double bare = rows[0].figures().p50;
  for (const Row& row : rows) {
    const Figures figures = row.figures();
    text += fmt::format("| {:44} | {:7.0f} | {:6.2f} | {:6.2f} | {:6.0f} | {:6.0f} | {:6.0f} |\n",
                        row.name, figures.per_second, ratio(row, rows[1]), ratio(row, rows[0]),
                        figures.p50, figures.p99, figures.p50 - bare);
  }
  return text;
}

std::string measure(const Options& options) {
  std::vector<Row> rows{{"bare: append 4 KiB, fdatasync", {}},
                        {"one transaction a message, 1000 authors", {}}};
  for (const bool with_ids : {false, true}) {
    for (const std::size_t authors : options.authors) {
      rows.push_back({fmt::format("{} authors{}", authors, with_ids ? ", with ids" : ""), {}});
    }
  }
  for (std::size_t round = 0; round < options.rounds; ++round) {
    fmt::print(stderr, "round {}\n", round + 1);
    const Folder folder(options.folder);
    rows[0].rounds.push_back(bare_sync(folder, options.seconds));
    {
      Hub single(folder.path() / "single", 1);
      rows[1].rounds.push_back(single.talk(1000, false, options.seconds));
    }
    Hub hub(folder.path() / "grouped", store::Sizes{}.group_drafts);
    std::size_t row = 2;
    for (const bool with_ids : {false, true}) {
      for (const std::size_t authors : options.authors) {
        rows[row++].rounds.push_back(hub.talk(authors, with_ids, options.seconds));
      }
    }
  }
  const Folder folder(options.folder);
  Hub hub(folder.path() / "replayed", store::Sizes{}.group_drafts);
  hub.fill(options.replayed);
  std::uint64_t messages = 0;
  const double replayed = hub.replay(messages);
  return table(rows) +
         fmt::format(
             "\nReplay of {} messages from disk, in slices of 256 KiB: {:.0f} a second.\n"
             "Replay of as many from the tail, into datagrams: {:.0f} a second.\n",
             messages, replayed, replay_tail(options.replayed));
}

int run(Options options, const std::string& command) {
  if (options.quick) {
    options.seconds = 0.1;
    options.rounds = 1;
    options.replayed = 20'000;
  }
  std::string text = heading("Store", options.commit, command) + "\n";
  text += measure(options);
  publish(text, options.output);
  return EX_OK;
}

int parse_and_run(int argc, char** argv) {
  Options options;
  CLI::App app("Messages kept a second, beside the disk's own syncs.");
  app.add_option("--folder", options.folder, "A folder on the disk to measure")->type_name("DIR");
  app.add_option("--authors", options.authors, "Authors who wait (default: 1,10,100,1000)")
      ->delimiter(',')
      ->check(CLI::Range(1, 60000));
  app.add_option("--rounds", options.rounds, "Rounds (default: 5)")->check(CLI::Range(1, 100));
  app.add_option("--seconds", options.seconds, "Of each measurement (default: 2)");
  app.add_flag("--quick", options.quick, "A second or two, to see that all works; not for figures");
  app.add_option("--output", options.output, "Write the result to a Markdown file too")
      ->type_name("FILE");
  app.add_option("--commit", options.commit, "What was built (default: what is checked out)");
  CLI11_PARSE(app, argc, argv);
  return run(options, command_line("store", argc, argv));
}

}  // namespace
}  // namespace palabre::bench

int main(int argc, char** argv) {
  try {
    return palabre::bench::parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "store: {}\n", error.what());
    return EX_SOFTWARE;
  }
}
