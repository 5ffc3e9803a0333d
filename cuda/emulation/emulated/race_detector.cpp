#include "cuda/emulation/emulated/race_detector.h"

#include <cstdio>
#include <dlfcn.h>
#include <memory>
#include <sstream>
#include <unordered_map>

#include "cuda/emulation/emulated/block.h"
#include "cuda/emulation/emulated/device_memory.h"
#include "cuda/emulation/emulated/traffic.h"

extern const char __executable_start, _end;  // set by the linker

namespace fno::cu::emulated::race {

constinit thread_local bool watching = false;

void check_wide(const void* address, std::size_t bytes, Kind kind, const void* code) {
  if (!watching) return;  // in host code
  if (reinterpret_cast<std::uintptr_t>(address) % bytes != 0) {
    watching = false;
    current_block().fail_at_code(*current_thread, code, nullptr, "it ", kind == Kind::read ? "reads " : "writes ",
                                 bytes, " bytes at once at ", address, ", which is no multiple of them");
  }
  detail::check(address, bytes, kind, code);
}

namespace detail {
namespace {

struct Access {
  const void* code = nullptr;
  std::uint32_t block = 0, barrier = 0, time = 0;
  std::uint16_t thread = 0;
  std::uint8_t bytes = 0;  // which of the cell's; 0 is "no access"
  bool atomic = false;
};

// The history of two bytes, enough for a bf16 to have its own. Two readers are remembered; a third can be missed.
struct Cell {
  std::uint32_t launch = 0;     // histories of earlier launches don't count
  std::uint8_t written = 0;     // bytes that have contents
  std::uint8_t on_its_way = 0;  // bytes with a cp.async under way
  Access writer, readers[2];
};

constexpr std::uintptr_t kCellBytes = 2, kPageBytes = 4096;
using Page = Cell[kPageBytes / kCellBytes];
constexpr std::size_t kPagesToKeep = 1024;

std::unordered_map<std::uintptr_t, std::unique_ptr<Page>> pages;
std::uintptr_t last_page_number = ~std::uintptr_t{0};
Cell* last_page = nullptr;
std::uint32_t launch_number = 0;
const std::byte* arguments_begin = nullptr;
const std::byte* arguments_end = nullptr;

Cell& cell_at(std::uintptr_t address) {
  const std::uintptr_t number = address / kPageBytes;
  if (number != last_page_number) {
    auto& page = pages[number];
    if (!page) page.reset(new Page[1]);
    last_page_number = number;
    last_page = *page.get();
  }
  return last_page[address % kPageBytes / kCellBytes];
}

template <class Act>
void for_each_cell(const void* memory, std::size_t bytes, Act act) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory), end = begin + bytes;
  for (std::uintptr_t address = begin & ~(kCellBytes - 1); address < end; address += kCellBytes) {
    const bool low = address >= begin, high = address + 1 < end;
    act(address, static_cast<std::uint8_t>((low ? 1 : 0) | (high ? 2 : 0)));
  }
}

bool a_device_can_reach(std::uintptr_t address) {
  const auto* pointer = reinterpret_cast<const std::byte*>(address);
  if (pointer >= arguments_begin && pointer < arguments_end) return true;
  if (DeviceMemory::instance().contains(pointer, 1)) return true;
  Dl_info module;  // constants and __device__ variables lie in the program itself
  return dladdr(pointer, &module) != 0;
}

// True if everything `before` did is visible to the current thread.
bool ordered(const Access& before, const Block& block, const Thread& self) {
  if (before.block != block.linear()) return false;
  if (before.thread == self.number || before.barrier != block.barriers_passed()) return true;
  return before.thread / kWarp == self.number / kWarp && self.clock.time[before.thread % kWarp] >= before.time;
}

const char* describe(Kind kind) {
  return kind == Kind::read ? "reads" : kind == Kind::write ? "writes" : "updates atomically";
}

[[noreturn]] void report(const Access& before, const char* what_before, Kind kind, std::uintptr_t address,
                         const void* code) {
  watching = false;
  Block& block = current_block();
  const language::dim3 size = block.launch().block;
  const language::uint3 thread{before.thread % size.x, before.thread / size.x % size.y,
                               before.thread / (size.x * size.y)};
  const language::dim3 grid = block.launch().grid;
  const language::uint3 there{before.block % grid.x, before.block / grid.x % grid.y, before.block / (grid.x * grid.y)};
  block.fail_at_code(*current_thread, code, before.code, "race: it ", describe(kind), " address ",
                     reinterpret_cast<const void*>(address), " which thread ", thread, " of block ", there, " ",
                     what_before, " with no synchronisation between");
}

void remember_reader(Cell& cell, const Access& now, const Block& block, const Thread& self) {
  for (Access& slot : cell.readers)
    if (slot.bytes == 0 || ordered(slot, block, self)) {
      slot = now;
      return;
    }
  cell.readers[self.number % 2] = now;
}

void check_cell(std::uintptr_t address, std::uint8_t bytes, Kind kind, const void* code, bool arriving) {
  Block& block = current_block();
  Thread& self = *current_thread;
  Cell& cell = cell_at(address);
  if (cell.launch != launch_number) {
    if (!a_device_can_reach(address)) {
      watching = false;
      block.fail_at_code(self, code, nullptr, "it ", describe(kind), " address ",
                         reinterpret_cast<const void*>(address),
                         ", which is host memory or outside of every allocation");
    }
    cell = Cell{};
    cell.launch = launch_number;
    cell.written = 3;
  }
  const Access now{code,
                   block.linear(),
                   block.barriers_passed(),
                   self.clock.time[self.lane] + 1,
                   static_cast<std::uint16_t>(self.number),
                   bytes,
                   kind == Kind::atomic};
  const auto conflicts = [&](const Access& before) {
    return (before.bytes & bytes) != 0 && !(before.atomic && now.atomic) && !ordered(before, block, self);
  };
  if (!arriving && (cell.on_its_way & bytes) != 0)
    report(cell.writer, "fills by a cp.async under way", kind, address, code);
  if (conflicts(cell.writer))
    report(cell.writer, cell.writer.atomic ? "updated atomically" : "wrote", kind, address, code);
  if (kind != Kind::write && (cell.written & bytes) != bytes) {
    watching = false;
    block.fail_at_code(self, code, nullptr, "it ", describe(kind),
                       " shared memory that no thread of the block has written");
  }
  if (kind == Kind::read) return remember_reader(cell, now, block, self);
  for (const Access& reader : cell.readers)
    if (conflicts(reader)) report(reader, "read", kind, address, code);
  cell.writer = now;
  cell.written |= bytes;
}

}  // namespace

void begin_launch(const void* arguments, std::size_t bytes) {
  ++launch_number;
  arguments_begin = static_cast<const std::byte*>(arguments);
  arguments_end = arguments_begin + bytes;
  if (pages.size() > kPagesToKeep) {
    pages.clear();
    last_page_number = ~std::uintptr_t{0};
  }
}

void forget(const void* memory, std::size_t bytes) {
  for_each_cell(memory, bytes, [](std::uintptr_t address, std::uint8_t) {
    cell_at(address) = Cell{};
    cell_at(address).launch = launch_number;
  });
}

void check(const void* address, std::size_t bytes, Kind kind, const void* code) {
  const auto* pointer = static_cast<const std::byte*>(address);
  const Fiber& fiber = current_thread->fiber;
  if (pointer >= fiber.stack && pointer < fiber.stack + fiber.stack_bytes) return;
  if (traffic::counting) {
    // Neither the arguments nor what lies in the program itself, threadIdx and constants, is in a device's memory.
    const bool is_argument = pointer >= arguments_begin && pointer < arguments_end;
    const bool in_program = address >= &__executable_start && address < &_end;
    if (!is_argument && !in_program) traffic::access(address, bytes, kind != Kind::read, code);
    return;
  }
  for_each_cell(address, bytes, [&](std::uintptr_t at, std::uint8_t mask) { check_cell(at, mask, kind, code, false); });
}

void async_issued(const void* shared, std::size_t bytes, const void* global, std::size_t valid, const void* code) {
  if (valid > 0) detail::check(global, valid, Kind::read, code);
  // Its two accesses are two requests: the second gets an address of code of its own.
  if (traffic::counting) return traffic::access(shared, bytes, true, static_cast<const std::byte*>(code) + 1);
  for_each_cell(shared, bytes, [&](std::uintptr_t address, std::uint8_t mask) {
    check_cell(address, mask, Kind::write, code, false);
    cell_at(address).on_its_way |= mask;
  });
}

void async_arrived(const void* shared, std::size_t bytes, const void* code) {
  if (traffic::counting) return;
  for_each_cell(shared, bytes, [&](std::uintptr_t address, std::uint8_t mask) {
    check_cell(address, mask, Kind::write, code, true);
    cell_at(address).on_its_way &= static_cast<std::uint8_t>(~mask);
  });
}

std::string source_line(const void* code) {
  Dl_info module;
  if (dladdr(code, &module) == 0 || module.dli_fname == nullptr) return "unknown code";
  // A return address points past its call; one byte back lies in it.
  const auto offset = reinterpret_cast<std::uintptr_t>(code) - reinterpret_cast<std::uintptr_t>(module.dli_fbase) - 1;
  std::ostringstream place, command;
  place << module.dli_fname << "+0x" << std::hex << offset;
  command << "addr2line -i -e '" << module.dli_fname << "' 0x" << std::hex << offset << " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.str().c_str(), "r"), &pclose);
  char buffer[1024];
  // Innermost first: the kernel's line is the first that is not one of our own inline functions.
  while (pipe != nullptr && std::fgets(buffer, sizeof buffer, pipe.get()) != nullptr) {
    const std::string line(buffer);
    if (line[0] != '?' && line.find("cuda/emulation/emulated/") == std::string::npos)
      return line.substr(0, line.find_first_of(" \n"));
  }
  return place.str();
}

}  // namespace detail
}  // namespace fno::cu::emulated::race
