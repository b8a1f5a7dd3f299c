// The parts of a cohort, joined into a lake as one run.
process VAXLOOM_GATHER {
    tag "$meta.id"
    label 'process_medium'

    container "${params.vaxloom_container ?: 'vaxloom:0.1.0'}"

    input:
    tuple val(meta), path(parts)

    output:
    tuple val(meta), path("lake")        , emit: lake
    tuple val(meta), path("summary.txt") , emit: summary
    path "versions.yml"                  , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    if (workflow.profile.tokenize(',').intersect(['conda', 'mamba']).size() >= 1) {
        error "VAXLOOM_GATHER: vaxloom is no Conda package; use Docker, Singularity or Podman."
    }
    def args = task.ext.args ?: ''
    """
    vaxloom lake gather \\
        --lake lake \\
        --threads ${task.cpus} \\
        ${args} \\
        ${parts} \\
        > summary.txt \\
        || [ \$? -eq 3 ]

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        vaxloom: \$(vaxloom --version | sed 's/vaxloom //')
    END_VERSIONS
    """

    stub:
    """
    mkdir -p lake/reports
    touch summary.txt

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        vaxloom: \$(vaxloom --version | sed 's/vaxloom //')
    END_VERSIONS
    """
}
