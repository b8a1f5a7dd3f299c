//! Scoring in several threads.
//!
//! Each worker has handles of its own to the same weights (a tensor may go to another thread, but
//! may not be used by two) and runs libtorch's operations on its own thread only. libtorch's thread
//! pool is not used for scoring: its threads spin while they wait, which starves whatever else a
//! pipeline does.

use crate::architecture::Network;
use crate::device::{single_thread, threads};
use tch::{Device, TchError, no_grad};

/// Cuts `items` into one share a worker and joins what `work` makes of the shares, in order. A
/// worker gets `least` items or more, but for the last; on a GPU there is one worker.
pub(crate) fn share_out<T: Sync, R: Send>(
    network: &Network,
    items: &[T],
    least: usize,
    work: impl Fn(&Network, &[T]) -> Result<Vec<R>, TchError> + Sync,
) -> Result<Vec<R>, TchError> {
    let on_cpu = network.device() == Device::Cpu;
    let workers = if on_cpu { threads().min(items.len().div_ceil(least)) } else { 1 };
    let work = |network: &Network, share: &[T]| {
        single_thread();
        no_grad(|| work(network, share))
    };
    if workers <= 1 {
        return work(network, items);
    }
    let shares = items.chunks(items.len().div_ceil(workers));
    let networks = shares.clone().map(|_| network.share()).collect::<Result<Vec<_>, _>>()?;
    std::thread::scope(|scope| {
        let start = |(share, network)| scope.spawn(move || work(&network, share));
        let running: Vec<_> = shares.zip(networks).map(start).collect();
        let mut results = Vec::with_capacity(items.len());
        for worker in running {
            let panicked = |_| TchError::Torch("a worker thread panicked".to_owned());
            results.extend(worker.join().map_err(panicked)??);
        }
        Ok(results)
    })
}
