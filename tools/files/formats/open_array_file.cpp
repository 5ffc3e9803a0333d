#include "tools/files/formats/open_array_file.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "framework/error.h"
#include "tools/files/formats/hdf5_file.h"
#include "tools/files/formats/matlab_file.h"
#include "tools/files/formats/torch_file.h"
#include "tools/files/input_file.h"
#include "tools/files/npy.h"
#include "tools/files/npz.h"
#include "tools/files/safetensors.h"

namespace fno {
namespace {

bool starts(std::span<const std::byte> first, std::string_view magic) {
  const auto same = [](std::byte b, char c) { return b == static_cast<std::byte>(c); };
  return first.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), first.begin(), [&](char c, std::byte b) { return same(b, c); });
}

template <class File>
std::unique_ptr<ArrayFile> open_as(const std::string& path) {
  return std::make_unique<File>(path);
}

constexpr std::size_t kSafetensorsPrefix = 8;  // the length of the JSON behind it

// torch.save writes data.pkl as the first member, below a folder whose name is not fixed.
bool begins_torch(std::span<const std::byte> first) {
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  return (starts(first, "PK\3\4") && text.substr(0, text.find("PK", 4)).find("/data.pkl") != text.npos) ||
         starts(first, "\x80\2\x8a\x0a\x6c\xfc\x9c\x46");  // the format before 1.6, which its reader refuses
}

bool begins_hdf5(std::span<const std::byte> first) {
  constexpr std::string_view kMark = "\x89HDF\r\n\x1a\n";
  constexpr std::size_t kUserBlock = 512;  // the shortest, which may stand before
  return starts(first, kMark) || (first.size() > kUserBlock && starts(first.subspan(kUserBlock), kMark));
}

// The list of what can be read: a new format is its reader and a line here. The first that fits counts.
constexpr std::array kFormats{
    ArrayFormat{"pt", ".pt", begins_torch, open_as<TorchFile>, true},
    ArrayFormat{"npz", ".npz",
                [](std::span<const std::byte> first) { return starts(first, "PK\3\4") || starts(first, "PK\5\6"); },
                open_as<NpzReader>, false},
    ArrayFormat{"npy", ".npy", [](std::span<const std::byte> first) { return starts(first, "\x93NUMPY"); },
                open_as<NpyReader>, true},
    ArrayFormat{"safetensors", ".safetensors",
                [](std::span<const std::byte> first) {
                  return first.size() > kSafetensorsPrefix && starts(first.subspan(kSafetensorsPrefix), "{\"");
                },
                open_as<SafetensorsReader>, true},
    ArrayFormat{"matlab 7.3", ".mat",
                [](std::span<const std::byte> first) { return starts(first, "MATLAB 7.3") && begins_hdf5(first); },
                open_matlab_73, false, hdf5_version, "libhdf5-dev"},
    ArrayFormat{"hdf5", ".h5", begins_hdf5, open_hdf5, true, hdf5_version, "libhdf5-dev"},
    ArrayFormat{"matlab", ".mat", [](std::span<const std::byte> first) { return starts(first, "MATLAB 5.0"); },
                open_matlab, false, matio_version, "libmatio-dev"},
};

}  // namespace

std::span<const ArrayFormat> array_formats() { return kFormats; }

std::string array_formats_text() {
  std::string text;
  for (const ArrayFormat& format : kFormats) {
    const std::string library = format.library == nullptr ? "" : format.library();
    text += (text.empty() ? "" : ", ") + std::string(format.name);
    if (format.library != nullptr)
      text += " (" + (library.empty() ? "absent: " + std::string(format.package) : library) + ")";
  }
  return text;
}

const ArrayFormat* array_format_of(const std::string& path) {
  std::array<std::byte, kFormatBytes> bytes{};
  const InputFile file(path);
  const std::span<std::byte> first = std::span(bytes).first(std::min<std::size_t>(bytes.size(), file.size()));
  file.read_at(0, first);
  const auto known = std::ranges::find_if(kFormats, [&](const ArrayFormat& f) { return f.begins(first); });
  if (known != kFormats.end()) return known;
  const std::string extension = std::filesystem::path(path).extension().string();
  const auto named = std::ranges::find(kFormats, extension, &ArrayFormat::extension);
  return named == kFormats.end() ? nullptr : named;
}

std::unique_ptr<ArrayFile> open_array_file(const std::string& path) {
  const ArrayFormat* format = array_format_of(path);
  if (format == nullptr) {
    std::string known;
    for (const ArrayFormat& f : kFormats) known += (known.empty() ? "" : ", ") + std::string(f.name);
    fail(ErrorKind::data, path, ": found a file of no format that is known here, accepted: ", known);
  }
  const ErrorContext opening([&](std::ostream& words) { words << "opening " << path << " as " << format->name; });
  try {
    return format->open(path);
  } catch (const Error& e) {
    // A damaged file of weights is no checkpoint here: it was handed in as data.
    if (e.kind() != ErrorKind::checkpoint) throw;
    fail(ErrorKind::data, e.what());
  }
}

}  // namespace fno
