#include "cuda/emulation/emulated/traffic.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "cuda/emulation/emulated/block.h"
#include "framework/error.h"

namespace fno::cu::emulated {
namespace {

constexpr std::uintptr_t kSector = 32, kWord = 4, kBanks = 32;

/// When each sector was last touched: by which block of this launch. 0: by none.
class SectorStamps {
 public:
  void clear() { pages_.clear(), last_ = nullptr; }
  /// The stamp that was there.
  std::uint32_t touch(std::uintptr_t sector, std::uint32_t block) {
    const std::uintptr_t number = sector / kSectors;
    if (last_ == nullptr || number != last_number_) {
      auto& page = pages_[number];
      if (!page) page = std::make_unique<Page>();
      last_ = page.get(), last_number_ = number;
    }
    return std::exchange((*last_)[sector % kSectors], block);
  }

 private:
  static constexpr std::size_t kSectors = 4096;
  using Page = std::array<std::uint32_t, kSectors>;
  std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> pages_;
  Page* last_ = nullptr;
  std::uintptr_t last_number_ = 0;
};

/// What the lanes of a warp ask for at one instruction, as far as they have come.
struct Request {
  unsigned lanes = 0, bytes = 0;
  bool write = false;
  std::array<std::uintptr_t, kWarp> address;
};

/// Lanes meet at the same instruction, passed equally often since the last block barrier.
struct Key {
  std::uint32_t instruction, warp, barriers, turn;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  std::size_t operator()(const Key& k) const {
    std::size_t h = (std::size_t{k.instruction} << 32 | k.warp) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 29 ^ (std::size_t{k.barriers} << 32 | k.turn)) * 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
  }
};
struct Turn {
  std::uint32_t barriers = 0, count = 0;
};

struct Counter {
  std::vector<LaunchCounts> launches;
  LaunchCounts now;
  std::uint32_t block = 0;
  SectorStamps stamps[2];  // of loads, of stores
  std::unordered_map<const void*, std::uint32_t> instructions;
  std::vector<std::array<Turn, kMaxThreads>> turns;  // by instruction
  std::unordered_map<Key, Request, KeyHash> open;    // requests that lack lanes
  std::vector<std::uintptr_t> scratch;

  void in_global(const Request& r) {
    Transfers& side = r.write ? now.stores : now.loads;
    scratch.clear();
    for (unsigned i = 0; i < r.lanes; ++i)
      for (std::uintptr_t s = r.address[i] / kSector; s <= (r.address[i] + r.bytes - 1) / kSector; ++s)
        scratch.push_back(s);
    keep_different();
    ++side.requests;
    side.asked += r.lanes * r.bytes;
    side.sent += double(kSector * scratch.size());
    for (const std::uintptr_t sector : scratch) {
      const std::uint32_t before = stamps[r.write].touch(sector, block + 1);
      side.of_blocks += before != block + 1 ? double(kSector) : 0;
      side.compulsory += before == 0 ? double(kSector) : 0;
    }
  }

  void in_shared(const Request& r) {
    scratch.clear();
    for (unsigned i = 0; i < r.lanes; ++i)
      for (std::uintptr_t w = r.address[i] / kWord; w <= (r.address[i] + r.bytes - 1) / kWord; ++w)
        scratch.push_back(w);
    keep_different();
    std::array<std::int64_t, kBanks> of_bank{};
    for (const std::uintptr_t word : scratch) ++of_bank[word % kBanks];
    const std::int64_t wavefronts = *std::ranges::max_element(of_bank);
    const auto least = static_cast<std::int64_t>((scratch.size() + kBanks - 1) / kBanks);
    ++now.shared_requests;
    now.wavefronts += wavefronts;
    now.least_wavefronts += least;
    now.worst_conflict = std::max(now.worst_conflict, double(wavefronts) / double(least));
  }

  void keep_different() {
    std::ranges::sort(scratch);
    scratch.erase(std::unique(scratch.begin(), scratch.end()), scratch.end());
  }

  void count(const Request& r) {
    if (current_block().shared().contains(reinterpret_cast<const void*>(r.address[0]), 1))
      in_shared(r);
    else
      in_global(r);
  }
};

// At most one, and used from the one OS thread that runs kernels.
std::unique_ptr<Counter> counter;

}  // namespace

namespace traffic {

bool counting = false;

void begin_launch(const char* kernel, std::int64_t blocks, std::int64_t threads) {
  counter->now = {};
  counter->now.kernel = kernel;
  counter->now.blocks = blocks;
  counter->now.threads = threads;
  counter->block = 0;
  for (SectorStamps& side : counter->stamps) side.clear();
}

void access(const void* address, std::size_t bytes, bool write, const void* code) {
  const Thread& self = *current_thread;
  const std::uint32_t barriers = current_block().barriers_passed();
  const auto [found, is_new] = counter->instructions.try_emplace(code, std::uint32_t(counter->instructions.size()));
  if (is_new) counter->turns.emplace_back();
  Turn& turn = counter->turns[found->second][self.number];
  if (turn.barriers != barriers) turn = {barriers, 0};
  const Key key{found->second, self.number / kWarp, barriers, turn.count++};
  Request& request = counter->open[key];
  request.bytes = unsigned(bytes);
  request.write = write;
  request.address[request.lanes++] = reinterpret_cast<std::uintptr_t>(address);
  if (request.lanes < kWarp) return;
  counter->count(request);
  counter->open.erase(key);
}

void end_block() {
  for (const auto& [key, request] : counter->open) counter->count(request);
  counter->open.clear();
  for (auto& threads : counter->turns) threads.fill({});
  counter->now.barriers += current_block().barriers_passed();
  ++counter->block;
}

void end_launch() { counter->launches.push_back(counter->now); }

void add_multiply_adds(int count) {
  if (counting) counter->now.multiply_adds += count;
}

}  // namespace traffic

Counting::Counting() {
  require<ErrorKind::device>(race::kWatched, "memory traffic is counted in the race build of the emulator alone");
  require<ErrorKind::config>(counter == nullptr, "memory traffic is being counted already");
  counter = std::make_unique<Counter>();
  traffic::counting = true;
}
Counting::~Counting() {
  traffic::counting = false;
  counter.reset();
}
const std::vector<LaunchCounts>& Counting::launches() const { return counter->launches; }

}  // namespace fno::cu::emulated
