// A part of a cohort, or all of it (part 1/1), into a lake of its own.
process VAXLOOM_RUN {
    tag "$meta.id $part"
    label 'process_medium'

    container "${params.vaxloom_container ?: 'vaxloom:0.1.0'}"

    input:
    // Files that the sheet names by relative paths are staged beside it under their first folder.
    tuple val(meta), path(samples), path(files)
    path records
    path reference
    val part

    output:
    tuple val(meta), path("part_*"), emit: part
    path "versions.yml"            , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    if (workflow.profile.tokenize(',').intersect(['conda', 'mamba']).size() >= 1) {
        error "VAXLOOM_RUN: vaxloom is no Conda package; use Docker, Singularity or Podman."
    }
    def args = task.ext.args ?: ''
    def records_arg = records ? "--records ${records}" : ''
    def reference_arg = reference ? "--reference ${reference}" : ''
    def folder = "part_${part.toString().tokenize('/')[0]}"
    // Exit 3: done, with some in quarantine, which VAXLOOM_GATHER lists.
    """
    vaxloom run \\
        --samples ${samples} \\
        ${records_arg} \\
        ${reference_arg} \\
        --part ${part} \\
        --lake ${folder} \\
        --threads ${task.cpus} \\
        ${args} \\
        || [ \$? -eq 3 ]

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        vaxloom: \$(vaxloom --version | sed 's/vaxloom //')
    END_VERSIONS
    """

    stub:
    def folder = "part_${part.toString().tokenize('/')[0]}"
    """
    mkdir ${folder}
    touch ${folder}/.part.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        vaxloom: \$(vaxloom --version | sed 's/vaxloom //')
    END_VERSIONS
    """
}
