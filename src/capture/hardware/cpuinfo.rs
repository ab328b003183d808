//! `/proc/cpuinfo`: every architecture writes its own (`arch/*/kernel`, `show_cpuinfo`).

use super::arm;
use super::cpu_set::CpuSet;

/// The file, parsed into one block for each processor and what is said once for all of them.
#[derive(Debug, Default)]
pub(super) struct CpuInfo<'a> {
    processors: Vec<(u32, Block<'a>)>,
    common: Block<'a>,
}

/// Keys and values in the order of the file.
type Block<'a> = Vec<(&'a str, &'a str)>;

/// What one processor is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) vendor: Option<String>,
    pub(super) model: Option<String>,
    pub(super) family: Option<String>,
    pub(super) model_number: Option<String>,
    pub(super) stepping: Option<String>,
}

/// A cache as s390 tells it: `cache0 : level=1 type=Data scope=Private size=128K line_size=256 associativity=8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharedCache<'a> {
    pub(super) level: &'a str,
    pub(super) kind: &'a str,
    pub(super) size: &'a str,
    pub(super) line_size: Option<u64>,
    pub(super) ways: Option<u64>,
}

impl<'a> CpuInfo<'a> {
    /// Reads the text; anything is accepted.
    pub(super) fn parse(text: &'a str) -> Self {
        let mut out = Self::default();
        let mut block = Block::new();
        for line in text.lines() {
            if line.trim().is_empty() {
                out.take(std::mem::take(&mut block));
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim(), value.trim());
            // Some files have no empty lines between the processors.
            if key == "processor" && block.iter().any(|(k, _)| *k == "processor") {
                out.take(std::mem::take(&mut block));
            }
            block.push((key, value));
        }
        out.take(block);
        out
    }

    fn take(&mut self, block: Block<'a>) {
        let number = |key| block.iter().find(|(k, _)| *k == key).and_then(|(_, v)| v.parse().ok());
        // s390 names the numbered blocks `cpu number`; on ia64 that key means something else, beside `processor`.
        match number("processor").or_else(|| number("cpu number")) {
            Some(id) => self.processors.push((id, block)),
            None => self.common.extend(block),
        }
    }

    /// The processors that the file lists; s390 and sparc list them on lines of one block.
    pub(super) fn cpus(&self) -> CpuSet {
        let mut cpus: CpuSet = self.processors.iter().map(|(id, _)| *id).collect();
        for (key, _) in &self.common {
            let number = key.strip_prefix("processor ").or_else(|| key.strip_prefix("CPU"));
            if let Some(id) = number.and_then(|n| n.parse().ok()) {
                cpus.insert(id);
            }
        }
        cpus
    }

    fn first(&self) -> &[(&'a str, &'a str)] {
        self.processors.first().map_or(&[], |(_, block)| block)
    }

    /// The first of these keys that a block, or else the common part, has.
    fn find(&self, block: &[(&'a str, &'a str)], keys: &[&str]) -> Option<&'a str> {
        let within = |block: &[(&'a str, &'a str)], key: &str| {
            block.iter().find(|(k, v)| *k == key && !v.is_empty()).map(|(_, v)| *v)
        };
        keys.iter().find_map(|key| within(block, key)).or_else(|| keys.iter().find_map(|key| within(&self.common, key)))
    }

    /// The different identities of these processors, each with the processors that have it, in order of number. A
    /// processor that the file does not list is like the first.
    pub(super) fn identities(&self, cpus: &CpuSet) -> Vec<(Identity, CpuSet)> {
        let mut out: Vec<(Identity, CpuSet)> = Vec::new();
        for (id, block) in self.processors.iter().filter(|(id, _)| cpus.is_empty() || cpus.contains(*id)) {
            let identity = self.identity(block);
            match out.iter_mut().find(|(known, _)| *known == identity) {
                Some((_, members)) => members.insert(*id),
                None => out.push((identity, CpuSet::from_iter([*id]))),
            }
        }
        if out.is_empty() && !(self.common.is_empty() && self.processors.is_empty()) {
            out.push((self.identity(self.first()), cpus.clone()));
        }
        out
    }

    fn identity(&self, block: &[(&'a str, &'a str)]) -> Identity {
        let owned = |keys: &[&str]| self.find(block, keys).map(|v| v.split_whitespace().collect::<Vec<_>>().join(" "));
        let arm = self.find(block, &["CPU implementer"]).map(|implementer| {
            let number = |key| self.find(block, &[key]).and_then(arm::number);
            let revision = number("CPU variant").zip(number("CPU revision"));
            Identity {
                vendor: Some(arm::implementer(implementer)),
                model: self
                    .find(block, &["CPU part"])
                    .and_then(|part| arm::part(implementer, part).map(str::to_owned))
                    .or_else(|| owned(&["model name", "Processor"]))
                    .or_else(|| owned(&["CPU part"])),
                family: None,
                model_number: owned(&["CPU revision"]),
                stepping: revision.map(|(variant, revision)| format!("r{variant}p{revision}")),
            }
        });
        arm.unwrap_or_else(|| Identity {
            vendor: owned(&["vendor_id", "vendor"]),
            model: owned(&["model name", "Model Name", "cpu model", "cpu", "uarch"]),
            family: owned(&["cpu family", "CPU Family", "family"]),
            model_number: self.pvr(block).map(str::to_owned).or_else(|| self.machine(block)).or_else(|| {
                let keys: &[&str] = if self.is_power(block) { &[] } else { &["model", "CPU Revision"] };
                owned(keys)
            }),
            stepping: owned(&["stepping"]),
        })
    }

    /// On POWER `model` is the machine, and `revision` the processor's.
    fn is_power(&self, block: &[(&'a str, &'a str)]) -> bool {
        self.pvr(block).is_some() || self.find(block, &["timebase"]).is_some()
    }

    fn pvr(&self, block: &[(&'a str, &'a str)]) -> Option<&'a str> {
        self.find(block, &["revision"]).filter(|revision| revision.contains("(pvr "))
    }

    /// The machine type, which is all that s390 says of a model.
    fn machine(&self, block: &[(&'a str, &'a str)]) -> Option<String> {
        let named = self.find(block, &["machine"]).filter(|_| self.find(block, &["identification"]).is_some());
        let listed = || self.find(block, &["processor 0"])?.rsplit_once("machine = ").map(|(_, machine)| machine);
        named.or_else(listed).map(str::to_owned)
    }

    /// The features of the first processor.
    pub(super) fn flags(&self) -> Option<Vec<&'a str>> {
        if let Some(flags) = self.find(self.first(), &["flags", "Features", "features", "Flags"]) {
            // ia64 has phrases with commas between them.
            let phrases = flags.contains(", ");
            return Some(if phrases { flags.split(", ").collect() } else { flags.split_whitespace().collect() });
        }
        // riscv: `rv64imafdc_zicsr_zifencei`; sparc: `flush,stbar,swap`.
        let flags = self.find(self.first(), &["isa", "cpucaps"])?;
        Some(flags.split(['_', ',']).filter(|f| !f.is_empty()).collect())
    }

    /// The known hardware bugs of the first processor.
    pub(super) fn bugs(&self) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
        let block = self.first();
        // The key is there without a value where the kernel knows of none.
        block.iter().find(|(key, _)| *key == "bugs").map(|(_, bugs)| bugs.split_whitespace())
    }

    /// The microcode that each processor runs, as far as the file says.
    pub(super) fn microcode(&self) -> Vec<&'a str> {
        self.processors.iter().filter_map(|(_, block)| self.find(block, &["microcode"])).collect()
    }

    /// A key of each processor as a number: `physical id`, `core id`.
    pub(super) fn number(&self, cpu: u32, key: &str) -> Option<u64> {
        let (_, block) = self.processors.iter().find(|(id, _)| *id == cpu)?;
        self.find(block, &[key])?.parse().ok()
    }

    /// The caches that s390 lists here because its sysfs leaves out those that are shared beyond a book.
    pub(super) fn shared_caches(&self) -> Vec<SharedCache<'a>> {
        let lines = self.common.iter().filter(|(key, _)| key.starts_with("cache"));
        let caches = lines.filter_map(|(_, line)| {
            let word = |name: &str| line.split_whitespace().find_map(|w| w.strip_prefix(name)?.strip_prefix('='));
            (word("scope") == Some("Shared")).then_some(SharedCache {
                level: word("level")?,
                kind: word("type")?,
                size: word("size")?,
                line_size: word("line_size").and_then(|n| n.parse().ok()),
                ways: word("associativity").and_then(|n| n.parse().ok()),
            })
        });
        caches.collect()
    }

    /// The architecture that the keys betray, for a dump that does not name it. On x86 what the processor can do.
    pub(super) fn architecture(&self) -> Option<&'static str> {
        let block = self.first();
        let has = |key: &str| self.find(block, &[key]).is_some();
        Some(if self.find(block, &["vendor_id"]) == Some("IBM/S390") {
            "s390x"
        } else if has("vendor_id") && has("flags") {
            if self.flags().is_some_and(|flags| flags.contains(&"lm")) { "x86_64" } else { "i686" }
        } else if let Some(version) = self.find(block, &["CPU architecture"]) {
            if version.starts_with('8') || version == "AArch64" { "aarch64" } else { "arm" }
        } else if self.find(block, &["arch"]) == Some("IA-64") {
            "ia64"
        } else if self.find(block, &["isa"]).is_some_and(|isa| isa.starts_with("rv64")) {
            "riscv64"
        } else if self.find(block, &["ISA"]).is_some_and(|isa| isa.contains("loongarch64")) {
            "loongarch64"
        } else {
            return None;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Identity {
        let info = CpuInfo::parse(text);
        let mut all = info.identities(&CpuSet::default());
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0).0
    }

    #[test]
    fn runs_of_spaces_in_names_are_one() {
        let text = "processor : 0\nvendor_id : GenuineIntel\nmodel : 46\nmodel name : Intel(R)  X7550   @ 2.00GHz\n";
        assert_eq!(only(text).model.as_deref(), Some("Intel(R) X7550 @ 2.00GHz"));
    }

    #[test]
    fn old_arm_kernels_speak_once_for_all_processors() {
        let text = "Processor : ARMv7 Processor rev 1 (v7l)\nprocessor : 0\n\nprocessor : 1\n\nCPU implementer : 0x41\n\
                    CPU variant : 0x2\nCPU part : 0xc09\nCPU revision : 1\n";
        let identity = only(text);
        assert_eq!(identity.model.as_deref(), Some("Cortex-A9"));
        assert_eq!(identity.stepping.as_deref(), Some("r2p1"));
        assert_eq!(CpuInfo::parse(text).cpus().to_string(), "0-1");
    }

    #[test]
    fn processors_without_empty_lines_between_them_are_told_apart() {
        let info = CpuInfo::parse("processor : 0\nmodel name : A\nprocessor : 3\nmodel name : B\n");
        let seen: Vec<_> = info.identities(&CpuSet::default()).iter().map(|(_, cpus)| cpus.to_string()).collect();
        assert_eq!(seen, ["0", "3"]);
    }

    #[test]
    fn every_microcode_is_seen() {
        let info = CpuInfo::parse("processor : 0\nmicrocode : 0xa6\n\nprocessor : 1\nmicrocode : 0xbe\n");
        assert_eq!(info.microcode(), ["0xa6", "0xbe"]);
    }
}
